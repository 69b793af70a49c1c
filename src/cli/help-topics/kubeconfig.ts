import { type HelpTopic, lines, paragraph, table } from './help-topic.ts';

export const kubeconfig: HelpTopic = {
  name: 'kubeconfig',
  summary: 'how a kubeconfig runs dexchange',
  parts: [
    paragraph(`kubectl, d8 k, helm and other clients run dexchange as the exec plugin of a user. The
kubeconfig command writes such a user, with the cluster and a context. With --discover, it reads the
addresses from the cluster.`),
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
        'a name in PATH, or a path; a relative path is relative to the folder of the kubeconfig',
      ],
      [
        'args',
        'get-token and its flags; paths in them are relative to the working folder of the client',
      ],
      ['interactiveMode', 'Never, because dexchange never prompts'],
      [
        'provideClusterInfo',
        "true only if settings are in the cluster's extension client.authentication.k8s.io/exec",
      ],
    ]),
    paragraph(`Keep secrets out of the kubeconfig: set the job's variable DEXCHANGE_CLIENT_SECRET to the client
secret, or name a file with --client-secret-file. You can commit a kubeconfig that has no secrets and no paths
of one machine.`),
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
