import { DexchangeError } from '../../errors.ts';
import { dataText } from '../../kubernetes/data-text.ts';
import { shellQuoted } from '../../shell-word.ts';
import type { ReadyMessage } from './start-messages.ts';

/** The variable that tells `agent stop` and `agent status` which agent belongs to the job. */
export const agentVariable = 'DEXCHANGE_AGENT';

/** The forms in which `agent start` prints the variables of a job; the first is the default. */
export const variableForms = ['shell', 'powershell', 'env', 'json'] as const;

export type VariableForm = (typeof variableForms)[number];

/** The variables of a job that has an agent. */
function variablesOf({
  kubeconfig,
  tokenFile,
  folder,
}: Omit<ReadyMessage, 'notices'>): Readonly<Record<string, string>> {
  return {
    KUBECONFIG: kubeconfig,
    // Terraform's providers read this one.
    KUBE_CONFIG_PATH: kubeconfig,
    DEXCHANGE_TOKEN_FILE: tokenFile,
    [agentVariable]: folder,
  };
}

/**
 * The output of `agent start`: lines that set the variables, or JSON that also has the process id.
 * @throws DexchangeError setting_invalid for a path that `-o env` cannot carry
 */
export function variablesText(ready: Omit<ReadyMessage, 'notices'>, form: VariableForm): string {
  const variables = variablesOf(ready);
  const { pid, statusUrl } = ready;
  if (form === 'json') return dataText({ pid, statusUrl, variables }, 'json');
  return Object.entries(variables)
    .map(([name, value]) => `${line(name, value, form)}\n`)
    .join('');
}

function line(name: string, value: string, form: Exclude<VariableForm, 'json'>): string {
  switch (form) {
    case 'shell':
      return `export ${name}=${shellQuoted(value)}`;
    case 'powershell':
      // PowerShell takes typographic quotes for quotes, too.
      return `$env:${name} = '${value.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`;
    case 'env':
      if (/[\r\n]/.test(value)) throw lineBreak(name);
      return `${name}=${value}`;
  }
}

/**
 * The shell lines that remove the variables, for `eval`.
 * @param earlierKubeconfig the KUBECONFIG to restore
 */
export function restoreLines(earlierKubeconfig: string | undefined): string {
  const names = ['KUBE_CONFIG_PATH', 'DEXCHANGE_TOKEN_FILE', agentVariable];
  if (earlierKubeconfig === undefined) return `unset KUBECONFIG ${names.join(' ')}\n`;
  return `export KUBECONFIG=${shellQuoted(earlierKubeconfig)}\nunset ${names.join(' ')}\n`;
}

/** The rest of the value would set another variable. */
function lineBreak(name: string): DexchangeError {
  return new DexchangeError('setting_invalid', `the path in ${name} contains a line break`, {
    hint: 'use paths without line breaks in --token-file, --write-to and XDG_RUNTIME_DIR',
  });
}
