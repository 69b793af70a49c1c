import { type Ran, type RunOptions, run } from '../e2e/harness/client.ts';

/**
 * Runs a program with its output in a terminal of 80 columns, made by `script` of util-linux.
 * Returns what the terminal received as stdout, with plain line breaks, and the exit code.
 */
export async function runInTerminal(
  program: string,
  args: readonly string[],
  options: RunOptions & { readonly env: NodeJS.ProcessEnv },
): Promise<Ran> {
  const command = [program, ...args].map(shellQuoted).join(' ');
  const env = { ...options.env, SHELL: '/bin/sh', TERM: 'xterm-256color' };
  const ran = await run(
    'script',
    ['-q', '-e', '-c', `stty cols 80 rows 24 && exec ${command}`, '/dev/null'],
    { ...options, env },
  );
  return { ...ran, stdout: ran.stdout.replaceAll('\r\n', '\n') };
}

/** Removes colors and other control sequences of terminals (ECMA-48, CSI). */
export function withoutColors(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ESC begins the sequences.
  return text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '');
}

function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
