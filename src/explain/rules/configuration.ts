import { hasCode } from '../evidence.ts';
import type { Rule } from './rule.ts';

/** What is wrong before anybody is asked. */
export const configurationRules: readonly Rule[] = [
  {
    id: 'variable-not-expanded',
    severity: 'failed',
    title: 'a variable was left unexpanded',
    symptom:
      'a setting or token is literally `$NAME`: GitLab CI leaves an undefined or protected variable so, where a shell would make it empty',
    codes: ['setting_not_expanded'],
    causes: [
      {
        id: 'protected',
        when: () => 'likely',
        cause: 'the variable is protected, and this branch or tag is not',
        check:
          'look at the variable in the settings of the project, and at Protected branches and tags',
        fix: 'protect the branch or tag, or unprotect the variable',
      },
      {
        id: 'undefined',
        when: () => 'likely',
        cause: 'the variable is defined nowhere, or its name is mistyped',
        check: 'compare the name in the message with those in the settings of project and group',
        fix: 'define it; an id_token belongs under id_tokens: of the job',
      },
    ],
  },
  {
    id: 'plain-http',
    severity: 'failed',
    title: 'a secret would be sent over plain http',
    symptom: 'http:// is written where https:// belongs; nothing was sent',
    codes: ['url_insecure'],
    causes: [
      {
        id: 'scheme',
        when: () => 'likely',
        cause: 'the URL begins with http:// by mistake',
        check: ({ host }) => `curl -q -sS https://${host}/.well-known/openid-configuration answers`,
        fix: 'write https://; in a cluster behind a plain http ingress, give the ingress a certificate',
      },
      {
        id: 'trusted-network',
        cause: 'the server is reached by an inner address that has no TLS',
        check: 'the address is of the cluster itself, such as NAME.NAMESPACE.svc',
        fix: '--allow-http, if nobody else can listen on that network',
      },
    ],
  },
  {
    id: 'configuration',
    heading: 'the configuration is refused',
    severity: 'failed',
    title: ({ message }) => `the configuration is refused: ${message}`,
    symptom: 'exit code 2; no server was asked',
    codes: [
      'usage_unknown_command',
      'usage_unknown_flag',
      'usage_flag_value',
      'usage_argument',
      'setting_missing',
      'setting_invalid',
      'setting_conflict',
      'setting_not_from_cluster',
      'setting_file_unreadable',
      'setting_command_failed',
      'exec_version_unsupported',
      'kubeconfig_unreadable',
      'kubeconfig_invalid',
      'kubeconfig_conflict',
      'decode_unreadable',
      'decode_not_jwt',
    ],
    causes: [
      {
        id: 'setting',
        when: () => 'certain',
        cause: ({ message }) => message,
        check: 'the step settings shows where each value came from and what it overrode',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'kubeconfig-entry',
    severity: 'warning',
    title: "the kubeconfig's exec entry does not do what it seems to",
    symptom: 'kubectl runs the plugin otherwise than the kubeconfig reads',
    applies: ({ kubeconfigOddities }) => kubeconfigOddities.length > 0,
    evidence: ({ kubeconfigOddities }) => kubeconfigOddities,
    causes: [
      {
        id: 'entry',
        when: () => 'certain',
        cause: 'client-go passes the settings of the cluster entry to a plugin only when asked to',
        check: "look at users[].user.exec and at the cluster's extensions of the kubeconfig",
        fix: 'write provideClusterInfo: true into the exec entry, or the settings into its args',
      },
    ],
  },
  {
    id: 'secret-on-command-line',
    severity: 'warning',
    title: 'a secret is on the command line',
    symptom: '`ps` shows it to every user of the machine, and a kubeconfig or CI log may keep it',
    applies: ({ secretFlags }) => secretFlags.length > 0,
    evidence: ({ secretFlags }) => [`given as a flag: ${secretFlags.join(', ')}`],
    causes: [
      {
        id: 'flag',
        when: () => 'certain',
        cause: 'the secret itself is given as a flag',
        check: 'ps -ef, while it runs',
        fix: 'give it by a file (--…-file), a command (--…-command) or a variable',
      },
    ],
  },
  {
    id: 'cache-unusable',
    severity: 'warning',
    title: 'the cache cannot be used',
    symptom: 'each call exchanges anew: kubectl is slower, and Dex is asked more often',
    applies: ({ cacheTrouble }) => cacheTrouble !== undefined,
    evidence: ({ cacheTrouble }) => [cacheTrouble],
    causes: [
      {
        id: 'folder',
        when: () => 'likely',
        cause: 'the folder is open to others, belongs to somebody else, or cannot be written',
        check: 'ls -ld "$(dexchange cache path)"',
        fix: 'chmod -R go= the folder, or name another by --cache-dir (DEXCHANGE_CACHE_DIR)',
      },
    ],
  },
  {
    id: 'internal-error',
    severity: 'failed',
    title: 'dexchange itself failed',
    symptom: 'exit code 1',
    codes: ['bug', 'output_failed'],
    causes: [
      {
        id: 'bug',
        when: (evidence) => (hasCode(evidence, ['bug']) ? 'certain' : undefined),
        cause: 'a bug in dexchange',
        check: 'run it again with -v',
        fix: 'report it with what -v says',
      },
      {
        id: 'output',
        when: (evidence) => (hasCode(evidence, ['output_failed']) ? 'certain' : undefined),
        cause: 'stdout cannot be written',
        check: 'see whether the disk is full that stdout is redirected to',
        fix: 'make room, or redirect it elsewhere',
      },
    ],
  },
];
