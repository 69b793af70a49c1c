import type { Row } from '../terminal/layout.ts';
import type { CommandName } from './commands.ts';

/** The start of a command's help, before the flags. */
export interface HelpText {
  /** Paragraphs, which are wrapped when they are printed. */
  readonly about: string;
  /** The usage, if it is more than the command's name and argument: calls, and what they do. */
  readonly usage?: readonly Row[];
  /** Commands to copy, with lines of at most 80 characters. */
  readonly examples?: string;
  /** The examples of the short help; default: all. */
  readonly usual?: string;
}

/** Examples for the help of the program and of get-token. */
export const usualExamples = `  # as kubectl runs it: users[].user.exec of a kubeconfig
  command: dexchange
  args: [get-token, --dex-url=https://dex.example.com/, --connector-id=gitlab,
         --client-id=dex-client-ci-token-exchange@d8-user-authn]

  # by hand, with a GitLab id_token and the client secret in variables
  export DEXCHANGE_CLIENT_SECRET=...
  dexchange get-token --dex-url https://dex.example.com/ --connector-id gitlab \\
    --client-id dex-client-ci-token-exchange@d8-user-authn \\
    --subject-token-env GITLAB_OIDC_TOKEN

  # for a tool without exec plugins, with the settings in DEXCHANGE_ variables
  KUBE_TOKEN=$(dexchange get-token -o token)
`;

/** The help of each command. */
export const helpTexts: Readonly<Record<CommandName, HelpText>> = {
  'get-token': {
    about: `Prints a credential for the Kubernetes API as an ExecCredential: gets an identity token,
exchanges it at Dex (RFC 8693), and caches the result until shortly before it expires.
With --method service-account, it requests a token of a ServiceAccount from the API server instead.
With --method identity, the identity token is the credential, for API servers that trust its issuer.`,
    usual: usualExamples,
    examples: `${usualExamples}
  # a client of Keycloak (client credentials)
  dexchange get-token --dex-url https://dex.example.com/ \\
    --connector-id keycloak \\
    --client-id dex-client-ci-token-exchange@d8-user-authn \\
    --client-secret-file /run/secrets/dex --idp-client-id ci \\
    --idp-issuer-url https://keycloak.example.com/realms/ci \\
    --idp-client-secret-file /run/secrets/keycloak

  # a token of a ServiceAccount, for an hour
  dexchange get-token --method service-account -n ci-deploy \\
    --service-account gitlab-runner-deploy --duration 1h -o token

  # the identity token itself, for an API server that trusts GitHub
  dexchange get-token --method identity \\
    --identity-audience https://api.example.com

  # the token of a kubeconfig's user, for a tool that cannot run plugins
  dexchange get-token --kubeconfig ci.kubeconfig --min-ttl 5m -o token
`,
  },
  exec: {
    about: `Runs a command with a kubeconfig whose token it keeps fresh until the command ends. Many calls of
kubectl then share one credential without starting the plugin, and a call can run longer than a token
is valid. The settings of the credential come from the context's exec entry. With --server or with
--method service-account, they come from flags and variables.

Sets KUBECONFIG, KUBE_CONFIG_PATH (for Terraform) and DEXCHANGE_TOKEN_FILE for the command. The files
are in a private folder, which is removed when the command ends. The command uses this terminal and
receives the signals. The exit code is that of the command: 128 + n if signal n killed it, 127 if it
was not found, 126 if it cannot be run.`,
    usage: [['dexchange exec [flags] -- COMMAND [ARG...]', '']],
    examples: `  dexchange exec -- ./deploy.sh
  dexchange exec --kubeconfig ci.kubeconfig --context ci -- terraform apply
  dexchange exec --write-env K8S_TOKEN -- sh -c 'exec other-tool "$K8S_TOKEN"'
`,
  },
  agent: {
    about: `Keeps a token file and a kubeconfig fresh, as exec does, but for a whole job, a sidecar or a
service. Clients read the files and start no plugin.

An agent in the background ends with the shell or the job that started it, after --max-lifetime, or when
stop ends it.

The settings of the credential come from the context's exec entry. With --server, with --method
service-account, or with run --token-file alone, they come from flags and variables.

Exit codes of status: 0 if an agent runs and its credential is valid, else 2.`,
    usage: [
      ['dexchange agent run', 'keep the files of --token-file and --write-to fresh until SIGTERM'],
      [
        'dexchange agent start',
        'start an agent in the background, and print shell lines that set KUBECONFIG',
      ],
      ['dexchange agent stop', 'end an agent, and print shell lines that restore KUBECONFIG'],
      ['dexchange agent status', 'show files, expiry and the last error of an agent'],
    ],
    examples: `  eval "$(dexchange agent start --kubeconfig ci.kubeconfig)"
  eval "$(dexchange agent stop)"
  dexchange agent start -o env | tee -a "$GITHUB_ENV"
  dexchange agent run --token-file /run/dexchange/token --listen 127.0.0.1:9090
`,
  },
  kubeconfig: {
    about: `Prints a kubeconfig for a method. With --write-to, creates a file, or merges cluster, user and
context into an existing one and keeps all other entries and comments; if writing fails, the file
stays unchanged. The kubeconfig refers to secrets by file, command or variable where that is possible,
instead of containing them, and names no path that only this machine has.`,
    examples: `  dexchange kubeconfig token-exchange --discover --connector-id gitlab \\
    --write-to kube.config
  dexchange kubeconfig service-account --discover -n ci-deploy \\
    --service-account gitlab-runner-deploy --write-to kube.config
  dexchange kubeconfig basic-auth --server https://api.example.com \\
    --username deployer
  dexchange kubeconfig identity --server https://api.example.com \\
    --identity-audience https://api.example.com
`,
  },
  manifests: {
    about: `Prints the resources that a method needs in the cluster, as YAML for d8 k apply or kubectl apply.
Comments explain what the fields are for. Sends no request, except with --diff, which compares the
resources with a cluster and prints what applying them would change.`,
    examples: `  dexchange manifests token-exchange --provider gitlab \\
    --idp-issuer-url https://gitlab.example.com \\
    --group my-group --access-level Admin | d8 k apply -f -
  dexchange manifests token-exchange --provider github \\
    --idp-issuer-url https://token.actions.githubusercontent.com \\
    --user repo:my-org/my-app:ref:refs/heads/main --allowed-group my-org \\
    --access-level Editor --namespaced -n my-app
  dexchange manifests service-account -n ci-deploy \\
    --service-account gitlab-runner-deploy \\
    --access-level Admin --port-forwarding --diff
  dexchange manifests basic-auth --provider keycloak --idp-client-id dex \\
    --idp-client-secret-file dex.secret \\
    --idp-issuer-url https://keycloak.example.com/realms/ci \\
    --group deployers --groups-claim groups --access-level User
`,
  },
  doctor: {
    about: `Checks everything that a credential needs: tools, kubeconfig, plugin, identity token, Dex, the
exchange, claims and groups, the API server, permissions, clocks, cache and proxies. Makes the same call
as kubectl, for a context of a kubeconfig or with the flags of get-token. The report begins with what
to fix. The exit code is 0 if no check failed, otherwise that of the first failed check.`,
    examples: `  dexchange doctor
  dexchange doctor --kubeconfig ci.kubeconfig --can-i 'create deployments.apps'
  dexchange doctor --for admin
  dexchange doctor -o json \\
    | jq -r '.checks[] | select(.state == "failed") | .fix'
`,
  },
  discover: {
    about: `Prints the addresses and private CAs of a cluster's API and Dex, the settings of a client, which
prerequisites of the methods are missing, and which rules name a user, group or ServiceAccount. Uses
the credential of a kubeconfig context. One command at the end allows all that is forbidden.

Exit codes: 0 if the API, Dex, every object that a flag names and a rule for it exist; 2 if one is
missing; 6 if the user is not allowed to read one.`,
    examples: `  dexchange discover
  dexchange discover --user deployer@example.com
  dexchange discover --connector-id gitlab -n ci-deploy \\
    --service-account gitlab-runner-deploy
  eval "$(dexchange discover -o shell)" && echo "$API_HOST $DEX_HOST"
`,
  },
  cache: {
    about: 'Lists and removes cached credentials. Never prints a token.',
    usage: [
      ['dexchange cache list', 'list entries with their Dex and connector'],
      ['dexchange cache prune', 'remove expired entries and the leftovers of killed processes'],
      ['dexchange cache clear [KEY...]', 'remove all entries, or those whose key starts with KEY'],
      ['dexchange cache path', 'print the path of the cache directory'],
    ],
  },
  completion: {
    about: `Prints a shell script that completes commands, flags and their values. Contexts come from the
kubeconfig, keys from the cache, and namespaces, ServiceAccounts and connectors from the cluster of the
context. A completion takes at most 2 s, or the --timeout before the cursor. It runs no credential
plugin except dexchange.

To complete kubectl dexchange, kubectl needs an executable named kubectl_complete-dexchange in PATH.
The last example creates one.`,
    examples: `  source <(dexchange completion bash)
  dexchange completion zsh > "\${fpath[1]}/_dexchange"
  dexchange completion fish > ~/.config/fish/completions/dexchange.fish

  printf '#!/bin/sh\\nexec kubectl-dexchange __complete "$@"\\n' \\
    > ~/.local/bin/kubectl_complete-dexchange
  chmod +x ~/.local/bin/kubectl_complete-dexchange
`,
  },
  decode: {
    about: `Shows the contents of a JWT: header, claims, times, whether it has expired, and the user that
kube-apiserver would authenticate. Does not show or verify the signature.

FILE or stdin (-) contains a bare token, the response of a token endpoint or an ExecCredential.
Input that is typed in a terminal has no time limit.`,
    usage: [['dexchange decode [FILE] [flags]', '']],
    examples: `  dexchange get-token -o token | dexchange decode
  dexchange decode --token-env GITLAB_OIDC_TOKEN
`,
  },
  whoami: {
    about: `Asks the API server which user the credential of a kubeconfig context authenticates as. The
credential can be a plugin, a token, a token file, a user name and password, or a client certificate.
Explains a 401 or 403, and says what to do.

Exit codes: 0 if the API server names the user; 2 if the kubeconfig is invalid or its plugin fails (if
the plugin is dexchange, its exit code); 5 if the API server cannot be reached; 6 if it denies the
request.`,
    examples: `  dexchange whoami
  dexchange whoami --kubeconfig ci.kubeconfig --context ci -o json
`,
  },
  version: {
    about: `Prints the version; with -o json also the commit of the sources, the platform for which the
binary was built, and the version of Node inside it.`,
    examples: `  dexchange version
  dexchange version -o json | jq -r .commit
`,
  },
  help: {
    about: `Prints the list of commands, the help of a command, a topic, or the explanation of an error code or
of a rule of --explain. The code is the word in parentheses at the end of an error message.`,
    usage: [['dexchange help [COMMAND|TOPIC|CODE|RULE] [flags]', '']],
    examples: `  dexchange help get-token --all
  dexchange help topics
  dexchange help environment
  dexchange help dex_client_refused
  dexchange help api-no-permissions
`,
  },
};
