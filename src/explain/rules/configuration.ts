import { hasCode } from '../evidence.ts';
import type { Rule } from './rule.ts';

/** Problems that occur before the first request. */
export const configurationRules: readonly Rule[] = [
  {
    id: 'variable-not-expanded',
    severity: 'failed',
    heading: 'the value is the name of a variable that was not expanded',
    title: ({ message }) => message,
    symptom:
      'a setting or token is literally `$NAME`: a shell replaces an undefined variable with nothing, but GitLab CI keeps the name of an undefined or protected variable',
    codes: ['setting_not_expanded'],
    causes: [
      {
        id: 'no-id-token',
        when: ({ error }) => (/TOKEN|token/.test(error?.message ?? '') ? 'likely' : undefined),
        cause: 'the job does not request the identity token whose variable the value names',
        check: 'see id_tokens: of the job in .gitlab-ci.yml',
        fix: 'add the variable to id_tokens: of the job, with the URL of Dex as aud, or with --method identity an audience of the API server',
      },
      {
        id: 'protected',
        when: () => 'likely',
        cause: 'the variable is protected, but this branch or tag is not',
        check:
          'see the variable in the CI/CD settings of the project, and the list of protected branches and tags',
        fix: 'protect the branch or tag, or remove the protection from the variable',
      },
      {
        id: 'undefined',
        when: () => 'likely',
        cause: 'the variable is not defined, or its name is misspelled',
        check: 'compare the name in the message with the variables of the project and its groups',
        fix: 'define the variable for this job, or correct its name',
      },
    ],
  },
  {
    id: 'plain-http',
    severity: 'failed',
    title: 'the URL uses http, which would expose secrets',
    symptom: 'a URL begins with http:// instead of https://; dexchange did not send the secret',
    codes: ['url_insecure'],
    causes: [
      {
        id: 'scheme',
        when: () => 'likely',
        cause: 'the URL begins with http:// by mistake',
        check: ({ host }) =>
          `\`curl -q -sS https://${host}/.well-known/openid-configuration\` answers`,
        fix: 'change the URL to https://; if the ingress serves http only, configure a certificate for it',
      },
      {
        id: 'trusted-network',
        // --allow-http is for Dex and the IdP only.
        when: ({ error, api }) => (error === api?.error ? undefined : 'possible'),
        cause: 'the server has an internal address without TLS',
        check: 'the address is internal to the cluster, such as NAME.NAMESPACE.svc',
        fix: 'set --allow-http if you trust that network',
      },
    ],
  },
  {
    id: 'configuration',
    heading: 'the configuration is invalid',
    severity: 'failed',
    title: ({ message }) => `the configuration is invalid: ${message}`,
    symptom: 'exit code 2; dexchange sent no request',
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
      'file_not_written',
      'decode_unreadable',
      'decode_not_jwt',
    ],
    causes: [
      {
        id: 'setting',
        when: () => 'certain',
        cause: ({ message }) => message,
        check: 'see step settings for the origin of each value and what it overrides',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'kubeconfig-entry',
    severity: 'warning',
    title: 'the exec entry of the kubeconfig does not work as written',
    symptom: 'kubectl does not pass to the plugin what the kubeconfig contains',
    applies: ({ kubeconfigWarnings }) => kubeconfigWarnings.length > 0,
    evidence: ({ kubeconfigWarnings }) => kubeconfigWarnings,
    causes: [
      {
        id: 'entry',
        when: () => 'certain',
        cause:
          'kubectl passes the cluster entry and its extension to a plugin only with provideClusterInfo: true',
        check: 'see users[].user.exec and clusters[].cluster.extensions in the kubeconfig',
        fix: 'add provideClusterInfo: true to the exec entry, or move the settings into its args',
      },
    ],
  },
  {
    id: 'secret-on-command-line',
    severity: 'warning',
    title: 'a secret is on the command line',
    symptom:
      '`ps` shows the secret to every user of the machine, and a kubeconfig or CI log may store it',
    applies: ({ secretFlags }) => secretFlags.length > 0,
    evidence: ({ secretFlags }) => [`secrets in flags: ${secretFlags.join(', ')}`],
    causes: [
      {
        id: 'flag',
        when: () => 'certain',
        cause: 'a flag contains the secret itself',
        check: '`ps -ef` shows it during the call',
        fix: 'pass the secret in a file (--…-file), with a command (--…-command) or in a variable',
      },
    ],
  },
  {
    id: 'cache-unusable',
    severity: 'warning',
    title: 'the cache cannot be used',
    symptom: 'every call makes an exchange: kubectl is slower, and Dex gets more requests',
    applies: ({ cacheTrouble }) => cacheTrouble !== undefined,
    evidence: ({ cacheTrouble }) => [cacheTrouble],
    causes: [
      {
        id: 'folder',
        when: () => 'likely',
        cause: ({ cacheTrouble }) => cacheTrouble,
        check: '`ls -ld FOLDER` shows owner and mode of the folder',
        fix: 'remove the folder, or set --cache-dir to another one: it must belong to the current user and have mode 0700',
      },
    ],
  },
  {
    id: 'internal-error',
    severity: 'failed',
    title: 'dexchange failed with an internal error',
    symptom: 'exit code 1',
    codes: ['bug', 'output_failed'],
    causes: [
      {
        id: 'bug',
        when: (evidence) => (hasCode(evidence, ['bug']) ? 'certain' : undefined),
        cause: 'a bug in dexchange',
        check: 'run the call again with -v',
        fix: 'report it with the output of -v',
      },
      {
        id: 'output',
        when: (evidence) => (hasCode(evidence, ['output_failed']) ? 'certain' : undefined),
        cause: 'dexchange cannot write to stdout',
        check: 'if stdout is a file, check the free space of its disk',
        fix: 'free some space, or redirect stdout to another disk',
      },
    ],
  },
];
