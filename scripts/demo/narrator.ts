import { spawn } from 'node:child_process';

/** How a command of the demo ended; the time is for the eye alone. */
export interface Shown {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

const bold =
  process.stdout.isTTY && !process.env['NO_COLOR'] ? ['\u001b[1m', '\u001b[0m'] : ['', ''];

/** A heading of the demo. */
export function heading(text: string): void {
  console.log(`\n${bold[0]}${text}${bold[1]}`);
}

/** A line of the demo's own words. */
export function say(text: string): void {
  console.log(`  ${text}`);
}

/**
 * Shows a command line, runs it, and shows what it printed with tokens cut short: a demo is often
 * copied into a ticket.
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

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Shown> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, stdout, stderr, tookMs: performance.now() - start }),
    );
  });
}
