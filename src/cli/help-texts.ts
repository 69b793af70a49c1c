import type { CommandName } from './commands.ts';

/** What the help of a command says before it lists the flags. Lines of at most 100 characters. */
export interface HelpText {
  readonly about: string;
  /** The lines of its usage, where there is more to say than its name and word. */
  readonly usage?: string;
  readonly examples?: string;
}

/** How the program is used, for the help of all and of get-token. */
export const usualExamples = `  # as kubectl runs it: users[].user.exec of a kubeconfig
  command: dexchange
  args: [get-token, --dex-url=https://dex.example.com/, --connector-id=gitlab,
         --client-id=dex-client-ci-token-exchange@d8-user-authn]

  # by hand, with a GitLab id_token and the client secret in variables
  export DEXCHANGE_CLIENT_SECRET=...
  dexchange get-token --dex-url https://dex.example.com/ --connector-id gitlab \\
    --client-id dex-client-ci-token-exchange@d8-user-authn --subject-token-env GITLAB_OIDC_TOKEN

  # without a kubeconfig
  KUBE_TOKEN=$(dexchange get-token -o token)
`;

/** The help of each command. */
export const helpTexts: Readonly<Record<CommandName, HelpText>> = {
  'get-token': {
    about: `Prints a credential for the Kubernetes API as an ExecCredential: takes an identity token,
exchanges it at Dex (RFC 8693), and keeps the result in a cache until shortly before it expires.
With --method service-account it asks the API server for a token of a ServiceAccount instead.`,
    examples: `${usualExamples}
  # a client of Keycloak (client credentials)
  dexchange get-token --dex-url https://dex.example.com/ --connector-id keycloak \\
    --client-id dex-client-ci-token-exchange@d8-user-authn --client-secret-file /run/secrets/dex \\
    --idp-issuer-url https://keycloak.example.com/realms/ci --idp-client-id ci \\
    --idp-client-secret-file /run/secrets/keycloak

  # a token of a ServiceAccount, for an hour
  dexchange get-token --method service-account -n ci-deploy \\
    --service-account gitlab-runner-deploy --duration 1h -o token
`,
  },
  kubeconfig: {
    about: `Writes a kubeconfig for a method, or merges its cluster, user and context into one. Every other
entry and comment stays; the file is replaced as a whole or not at all. Secrets are referred to
where a kubeconfig can do that: by file, command or variable.`,
    examples: `  dexchange kubeconfig token-exchange --discover --connector-id gitlab --write-to kube.config
  dexchange kubeconfig service-account --discover -n ci-deploy \\
    --service-account gitlab-runner-deploy --write-to kube.config
  dexchange kubeconfig basic-auth --server https://api.example.com --username deployer
`,
  },
  manifests: {
    about: `Prints the resources that a method needs in the cluster, to be piped into d8 k apply -f - or
kubectl apply -f -. Asks no server.`,
    examples: `  dexchange manifests token-exchange --provider gitlab --user deployer@example.com \\
    --access-level Admin | d8 k apply -f -
  dexchange manifests service-account -n ci-deploy --service-account gitlab-runner-deploy \\
    --access-level Admin --port-forwarding | d8 k apply -f -
  dexchange manifests basic-auth --provider keycloak --idp-client-id dex \\
    --idp-issuer-url https://keycloak.example.com/realms/ci --group deployers --access-level User
`,
  },
  discover: {
    about: `Prints what a cluster says of its API, its Dex and a client of it, and whether the prerequisites
of the methods are there. Reads with the credential of a kubeconfig context.`,
    examples: `  dexchange discover
  eval "$(dexchange discover -o shell)" && echo "$API_HOST $DEX_HOST"
`,
  },
  cache: {
    about: 'Looks after the cache; never shows a token.',
    usage: `  dexchange cache list            what is cached, by Dex and connector (-o json for programs)
  dexchange cache prune           remove what has expired, and what killed processes left
  dexchange cache clear [KEY...]  remove every entry, or those whose key begins with KEY
  dexchange cache path            print the folder`,
  },
  completion: {
    about: 'Prints a script that completes commands, flags and their values in a shell.',
    examples: `  source <(dexchange completion bash)
  dexchange completion zsh > "\${fpath[1]}/_dexchange"
  dexchange completion fish > ~/.config/fish/completions/dexchange.fish
`,
  },
  decode: {
    about: `Says what a JWT holds: header, claims, times in words and whether they hold now, and whom
kube-apiserver would take its bearer for. The signature is neither shown nor checked.`,
    usage: `  dexchange decode [FILE] [flags]

FILE or stdin (-) may hold the bare token, an answer of a token endpoint or an ExecCredential.`,
    examples: `  dexchange get-token -o token | dexchange decode
  dexchange decode --token-env GITLAB_OIDC_TOKEN
`,
  },
  whoami: {
    about: `Asks the API server who a kubeconfig context is, with whatever credential its user has: a plugin,
a token, a token file, a user name and password, a client certificate. What 401 and 403 mean is said
with what to do.`,
    examples: `  dexchange whoami
  dexchange whoami --kubeconfig ci.kubeconfig --context ci -o json
`,
  },
  version: { about: 'Prints the version.', usage: '  dexchange version' },
  help: {
    about: 'Prints the commands, or the settings of one.',
    usage: '  dexchange help [COMMAND]',
  },
};
