import type { Symptom } from './symptom.ts';

/** What clients print if the kubeconfig does not lead to a working plugin. */
export const kubeconfigSymptoms: readonly Symptom[] = [
  {
    id: 'no-kubeconfig',
    title: 'the client asks localhost',
    messages: [
      {
        by: ['kubectl'],
        text: 'The connection to the server localhost:8080 was refused - did you specify the right host or port?',
      },
      {
        by: ['helm'],
        text: 'Get "http://localhost:8080/version": dial tcp …:8080: connect: connection refused',
      },
      {
        by: ['OpenTofu'],
        text: 'Error: Failed to initialize kubernetes configuration: invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable',
      },
      {
        by: ['an OpenTofu provider'],
        text: 'Get "http://localhost/api…": dial tcp …:80: connect: connection refused',
      },
      {
        by: ['Ansible'],
        text: 'Could not create API client: Invalid kube-config file. No configuration found.',
      },
    ],
    cause:
      'the client has no kubeconfig: `KUBECONFIG` is not set in this step, or it names a file that does not exist. kubectl does not report this',
    fix: 'set `KUBECONFIG` to the file in the same step; OpenTofu and Terraform need `KUBE_CONFIG_PATH`. `dexchange exec` and `dexchange agent` set both',
  },
  {
    id: 'no-context',
    title: 'the kubeconfig has no such context',
    messages: [
      {
        by: ['kubectl'],
        text: 'Error in configuration: context was not found for specified context: …',
      },
      {
        by: ['helm'],
        text: 'invalid configuration: context was not found for specified context: …',
      },
      {
        by: ['Python'],
        text: 'kubernetes.config.config_exception.ConfigException: Invalid kube-config file. Expected object with name … in …/contexts list',
      },
      { by: ['JavaScript'], text: 'Error: No active cluster!' },
    ],
    cause: '`current-context` or `--context` names a context that this kubeconfig does not have',
    fix: 'run `kubectl config get-contexts` to see the contexts, and correct the name; check which file `KUBECONFIG` names',
  },
  {
    id: 'no-user',
    title: 'kubectl asks for a user name',
    messages: [{ by: ['kubectl'], text: 'Please enter Username:' }],
    cause:
      "the context's user has no credential, so kubectl asks for one: the exec entry is missing, or the context names another user",
    fix: 'add the exec entry to the user that the context names, see the [README](../README.md)',
  },
  {
    id: 'exec-api-version',
    title: 'the version of the exec entry is not supported',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'error: exec plugin: invalid apiVersion "client.authentication.k8s.io/v1alpha1"',
      },
    ],
    cause:
      'the exec entry has `v1alpha1`, which Kubernetes 1.24 removed; or the client is older than 1.22 and does not know `v1` yet',
    fix: 'set `apiVersion` of the exec entry to `client.authentication.k8s.io/v1`, for a client older than 1.22 to `client.authentication.k8s.io/v1beta1`. dexchange answers in both',
  },
  {
    id: 'exec-other-version',
    title: 'the plugin answers in another version than the exec entry says',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: getting credentials: exec plugin is configured to use API version client.authentication.k8s.io/v1beta1, plugin returned version client.authentication.k8s.io/v1',
      },
    ],
    cause:
      'dexchange answers in the version that `KUBERNETES_EXEC_INFO` names, but it did not get that variable: a wrapper such as `sudo` or `env -i` removed it',
    fix: 'run dexchange without the wrapper, or make the wrapper keep `KUBERNETES_EXEC_INFO`; or set `apiVersion` of the exec entry to `client.authentication.k8s.io/v1`',
  },
  {
    id: 'interactive-mode-missing',
    title: 'the exec entry has no interactiveMode',
    messages: [
      {
        by: ['kubectl', 'helm', 'OpenTofu'],
        text: 'error: interactiveMode must be specified for … to use exec authentication plugin',
      },
    ],
    cause:
      'version `v1` of the exec entry requires `interactiveMode`. The exec block of the backend `kubernetes` of OpenTofu 1.12 cannot contain it, so that block never works',
    fix: 'add `interactiveMode: Never` to the exec entry, because dexchange never prompts. For the backend, set `KUBE_CONFIG_PATH` to a kubeconfig instead of using the exec block',
  },
  {
    id: 'interactive-mode-always',
    title: 'the exec entry requires a terminal',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: getting credentials: exec plugin cannot support interactive mode: standard input is not a terminal',
      },
    ],
    cause: 'the exec entry has `interactiveMode: Always`, and a job has no terminal',
    fix: 'set `interactiveMode: Never`',
  },
  {
    id: 'plugin-prints-something-else',
    title: 'the plugin prints something else than an ExecCredential',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: "Unable to connect to the server: getting credentials: decoding stdout: couldn't get version/kind; json parse error: …",
      },
      { by: ['Python'], text: 'ERROR:root:exec: failed to decode process output: …' },
      { by: ['JavaScript'], text: 'SyntaxError: Unexpected token …' },
    ],
    cause:
      'the arguments of the exec entry lack `get-token` or contain `-o token`, or `command` is a script that prints other text to stdout. The JavaScript client prints what it received, so the log of the job can contain a token',
    fix: 'make `get-token` the first argument, and remove `-o`; a script must print its own messages to stderr',
  },
];
