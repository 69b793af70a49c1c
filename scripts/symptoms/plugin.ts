import type { Symptom } from './symptom.ts';

/** What clients print if dexchange runs and finds no credential. */
export const pluginSymptoms: readonly Symptom[] = [
  {
    id: 'plugin-failed',
    title: 'dexchange failed',
    messages: [
      {
        by: ['kubectl', 'helm', 'OpenTofu', 'an OpenTofu provider'],
        text: 'Unable to connect to the server: getting credentials: exec: executable /usr/local/bin/dexchange failed with exit code …',
      },
      { by: ['Python'], text: 'ERROR:root:exec: process returned …. dexchange: …' },
      { by: ['JavaScript'], text: 'Error: dexchange: …' },
    ],
    cause:
      'dexchange did not get a credential. The reason is above this line: it begins with `dexchange:`, ends with a code in parentheses, and is followed by a hint. Ansible and the providers of OpenTofu hide the reason, see [clients.md](clients.md). The exit code says where the problem is: 2 in a setting, 3 in the identity token, 4 at Dex or the IdP, 5 in the network',
    fix: 'follow the hint. For the meaning of the code, see [errors.md](errors.md); for the likely cause, run `dexchange get-token --explain`',
  },
  {
    id: 'plugin-failed-anonymous',
    title: 'the request is made by system:anonymous',
    messages: [
      {
        by: ['helm'],
        text: 'is forbidden: User "system:anonymous" cannot list resource',
      },
      { by: ['Ansible'], text: '[ERROR]: Task failed: Module failed: …403' },
      {
        by: ['Python'],
        text: String.raw`is forbidden: User \"system:anonymous\" cannot list resource`,
      },
      {
        by: ['JavaScript'],
        text: String.raw`is forbidden: User \\"system:anonymous\\" cannot list resource`,
      },
    ],
    cause:
      'the request had no credential. After a failed plugin, the Python client, Ansible and fabric8 continue without one. helm sends no credential if the user of the context has no exec entry. The JavaScript client sends none if the user has a `tokenFile`',
    fix: 'search the output for a line that begins with `dexchange:`, and follow its hint. Ansible shows that line only with `ANSIBLE_DEBUG=1`; or run `dexchange get-token` in the job to see the error. For JavaScript, use the plugin, or a kubeconfig that contains the token (`--write-to` of the agent), see [clients.md](clients.md)',
    more: [['api-anonymous', 'the API server authenticates the request as system:anonymous']],
  },
  {
    id: 'token-expired',
    title: 'the token has expired',
    messages: [
      {
        by: ['kubectl'],
        text: "dexchange: Dex denied the identity token: it expired … ago by Dex's clock (dex_subject_token_expired)",
      },
      { by: ["Dex's log"], text: 'oidc: token is expired (Token Expiry: …)' },
    ],
    cause:
      'the identity token of the job has expired. Depending on the CI system, it is valid for minutes or as long as the job. Or a variable contains an old token from another job',
    fix: 'run dexchange early in the job. If the job runs longer than the token is valid and the system issues new tokens during a job, use `dexchange exec` or `dexchange agent`; elsewhere, as on GitLab, raise the timeout of the job. [ci-systems.md](ci-systems.md#how-long-it-lasts) says which systems do',
    more: [['dex-subject-token-refused', 'Dex rejects the id_token as subject token']],
  },
];
