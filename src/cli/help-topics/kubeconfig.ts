import { type HelpTopic, lines, paragraph, table } from './help-topic.ts';

export const kubeconfig: HelpTopic = {
  name: 'kubeconfig',
  summary: 'how a kubeconfig runs dexchange',
  parts: [
    paragraph(`kubectl, d8 k, helm and other clients run dexchange as the exec plugin of a user. The command
kubeconfig writes such a user, with the cluster and a context, and asks a cluster for the addresses with
--discover.`),
    lines(
      'The user entry',
      `users:
- name: ci
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: dexchange
      args:
      - get-token
      - --dex-url=https://dex.example.com/
      - --client-id=dex-client-ci-token-exchange@d8-user-authn
      - --connector-id=gitlab
      interactiveMode: Never
`,
    ),
    table('What it must have', [
      [
        'command',
        'a name in PATH, or a path; a relative path starts at the folder of the kubeconfig',
      ],
      [
        'args',
        'get-token and its flags; relative paths in them start at the working folder of the client',
      ],
      ['interactiveMode', 'Never, because dexchange asks nobody'],
      [
        'provideClusterInfo',
        "true only if settings are in the cluster's extension client.authentication.k8s.io/exec",
      ],
    ]),
    paragraph(`Keep secrets out of it: the job's variable DEXCHANGE_CLIENT_SECRET contains the client secret, or
--client-secret-file names a file. Without secrets and paths of one machine, the kubeconfig can be
committed.`),
    lines(
      'To write one and to try it',
      `dexchange kubeconfig token-exchange --discover --connector-id gitlab \\
  --write-to ci.kubeconfig
dexchange doctor --kubeconfig ci.kubeconfig
dexchange whoami --kubeconfig ci.kubeconfig
`,
    ),
  ],
};
