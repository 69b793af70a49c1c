import type { HelpOf } from './error-help.ts';

/** Bugs (exit code 1), and errors of usage and configuration (exit code 2). */
export const configurationErrors: HelpOf<
  'bug' | 'output_' | 'usage_' | 'setting_' | 'exec_' | 'url_' | 'kubeconfig_' | 'file_' | 'decode_'
> = {
  bug: {
    meaning: 'dexchange met a state that its code does not expect.',
    causes: ['A bug in dexchange.'],
    remedy:
      'Run the same command with `-v` and report its output in the issue tracker. It contains no secrets.',
  },
  output_failed: {
    meaning: 'The result could not be written to stdout.',
    causes: ['The output goes to a file, and the disk is full.'],
    remedy: 'Free some space, or redirect stdout to another disk.',
  },

  usage_unknown_command: {
    meaning: 'The first word is not a command of dexchange.',
    causes: [
      'A typing error.',
      'In the exec entry of a kubeconfig, one item of args contains several words.',
      'A script expects a newer version of dexchange.',
    ],
    remedy: 'Run `dexchange --help` for the commands, and `dexchange version` for the version.',
  },
  usage_unknown_flag: {
    meaning: 'The command has no flag of this name.',
    causes: [
      'A typing error.',
      'The flag belongs to another command, or to another method of this command.',
    ],
    remedy: 'Run `dexchange help COMMAND --all` for all flags of the command.',
  },
  usage_flag_value: {
    meaning: 'A flag that needs a value has none, or a flag that takes no value has one.',
    causes: [
      'The value is a variable that is empty.',
      'The value begins with a dash and is a separate word.',
    ],
    remedy: 'Write the value after an equals sign, such as `--client-id=VALUE`.',
  },
  usage_argument: {
    meaning: 'The command got too many, too few or wrong words.',
    causes: [
      'The flag before a value is missing, or a value contains spaces and is not quoted.',
      'The command is missing, or the method after `kubeconfig` or `manifests`.',
    ],
    remedy: 'Run `dexchange help COMMAND` for the usage, and quote values with spaces.',
  },

  setting_missing: {
    meaning:
      'A required setting is not set. The message names its flag, or the secret that is missing.',
    causes: [
      'The CI variable with the value does not exist in this job: it is protected and the branch is not, it belongs to another environment, it is empty, or it has another name.',
      'The settings are in the cluster entry of the kubeconfig, but the exec entry of the user has no `provideClusterInfo: true`.',
      'The settings are in the exec entry of a kubeconfig that the call does not name with `--kubeconfig`.',
    ],
    remedy: 'Set the flag, or its `DEXCHANGE_` variable in the job or in env of the exec entry.',
  },
  setting_invalid: {
    meaning: 'The value of a setting is not valid. The message names the setting and its origin.',
    causes: [
      'A typing error, such as a URL without https:// or a duration without digits.',
      'The value was copied with quotes, line breaks or other characters around it.',
      'A secret is JSON, a manifest or base64 instead of the bare value.',
    ],
    remedy: 'Correct the value where the message says that it was set.',
  },
  setting_conflict: {
    meaning:
      'Two settings that exclude each other are both set, or one setting has two different values.',
    causes: [
      'A flag is set by two of its names, with different values.',
      'A secret is set both as a value and as a file.',
      'Two variables of other tools disagree.',
    ],
    remedy: 'Remove one of the two that the message names.',
  },
  setting_not_expanded: {
    meaning: 'A value is the name of a variable, such as $NAME, instead of its content.',
    causes: [
      'GitLab CI passes $NAME on unchanged if the variable is not defined, or is protected and the branch is not.',
      'GitLab CI sets an identity token only if id_tokens of the job lists its variable.',
      'A kubeconfig does not expand variables in args and env.',
      'Single quotes kept the shell from expanding it.',
    ],
    remedy:
      'Define the variable in the job. If args or env of a kubeconfig name it, remove it there, and set the DEXCHANGE_ variable of the setting in the job.',
  },
  setting_not_from_cluster: {
    meaning:
      'The extension of the cluster entry contains a setting that is only allowed in the user entry, because the author of the cluster entry must not decide it.',
    causes: ['The extension of the cluster entry contains secrets, commands or file names.'],
    remedy: 'Move the setting to args or env of the exec entry of the user.',
  },
  setting_file_unreadable: {
    meaning: 'The file that a setting names could not be read.',
    causes: [
      'The step that writes the file has not run, or has written it to another path.',
      'The path is relative, and kubectl runs in another folder.',
      'The file belongs to another user.',
      'The file is a pipe, and nothing is written to it.',
    ],
    remedy:
      'Run `ls -l PATH` in the job to check the path and its permissions, and use an absolute path.',
  },
  setting_command_failed: {
    meaning: 'The command that prints a secret failed, or took too long.',
    causes: [
      'The program is not in the PATH of the job.',
      'The command needs a shell, a terminal or a login that the job does not have.',
    ],
    remedy:
      "Run the command by hand in the job. For variables and pipes, write it as `sh -c '...'`.",
  },
  exec_version_unsupported: {
    meaning: 'The client asks for a version of ExecCredential that dexchange does not print.',
    causes: ['apiVersion in the exec entry is v1alpha1 or misspelled.'],
    remedy: 'Set `apiVersion: client.authentication.k8s.io/v1` in the exec entry of the user.',
  },
  url_insecure: {
    meaning: 'A URL begins with http://, which would send secrets unencrypted. Nothing was sent.',
    causes: ['A typing error.', 'The address is internal and has no certificate.'],
    remedy: 'Write https://. For Dex or an IdP in a trusted network, set `--allow-http`.',
  },
  kubeconfig_unreadable: {
    meaning: 'There is no kubeconfig, or it could not be read.',
    causes: [
      'KUBECONFIG or `--kubeconfig` names a file that does not exist here. In KUBECONFIG, ~ is not expanded.',
      'KUBECONFIG has the content of the file instead of its path (GitLab: type File).',
      'The file belongs to another user.',
    ],
    remedy: 'Set `--kubeconfig` or KUBECONFIG to the absolute path of a kubeconfig.',
  },
  kubeconfig_invalid: {
    meaning:
      'The kubeconfig is not valid, does not contain the context, or its credential plugin failed. The message says which.',
    causes: [
      'The context, cluster or user has another name, or current-context is missing.',
      'The file is not YAML, or a field has the wrong type.',
      'The credential plugin of the user is not installed, or failed.',
    ],
    remedy:
      'Run `kubectl config view` with the same `--kubeconfig`. If a plugin failed, run it by hand.',
  },
  kubeconfig_conflict: {
    meaning: 'The kubeconfig already has an entry of this name with other content.',
    causes: ['Another cluster or user was added under the same name before.'],
    remedy:
      'Choose another name (`--cluster-name`, `--user-name`, `--context-name`), or overwrite the entry with `--force`.',
  },
  file_not_written: {
    meaning: 'The file of `--write-to` could not be written.',
    causes: [
      'The path is a folder, a pipe, a device, or a link to a file of another user.',
      'The folder of the file is not writable, the disk is full or read-only, or another process has locked the kubeconfig.',
    ],
    remedy: 'Name another file, or free some space. An existing file was not changed.',
  },
  decode_unreadable: {
    meaning: '`dexchange decode` could not read its input, or the input is empty.',
    causes: [
      'The command before the pipe failed and printed nothing.',
      'The variable of `--token-env` is not set in this shell.',
      'The file does not exist.',
    ],
    remedy: 'Name a file with a token, or pipe the token to stdin.',
  },
  decode_not_jwt: {
    meaning: 'The input of `dexchange decode` is not a JWT.',
    causes: [
      'The token is opaque: some IdPs issue access tokens that only they can read.',
      'The input is cut off, encrypted, or a log line around the token.',
    ],
    remedy: 'Pass the bare token, an ExecCredential or the response of a token endpoint.',
  },
};
