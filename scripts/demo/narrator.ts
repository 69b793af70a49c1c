import { type Ended, runToEnd } from '../../test/support/run-to-end.ts';

/** The result of a command of the demo. */
export interface Shown extends Ended {
  readonly tookMs: number;
}

const bold =
  process.stdout.isTTY && !process.env['NO_COLOR'] ? ['\u001b[1m', '\u001b[0m'] : ['', ''];

/** Prints a heading. */
export function heading(text: string): void {
  console.log(`\n${bold[0]}${text}${bold[1]}`);
}

/** Prints an indented line. */
export function say(text: string): void {
  console.log(`  ${text}`);
}

/**
 * Shows a command line, runs it, and shows its output with truncated tokens, because people copy
 * demos into tickets.
 */
export async function show(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  shownAs: string,
): Promise<Shown> {
  say(`$ ${shownAs}`);
  const ended = await run(command, args, env);
  for (const line of `${ended.stdout}${ended.stderr}`.split('\n')) {
    if (line.trim() !== '') say(`  ${shorten(line)}`);
  }
  say(`  (exit code ${ended.code}, ${Math.round(ended.tookMs)} ms)`);
  return ended;
}

function shorten(line: string): string {
  return line.replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, (token) => `${token.slice(0, 12)}…`);
}

async function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Shown> {
  const start = performance.now();
  const ended = await runToEnd(command, args, { env });
  return { ...ended, tookMs: performance.now() - start };
}
