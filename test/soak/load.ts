import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

/** What the command of a soak does with the credential. Plain JSON, in a file. */
export interface Load {
  readonly seconds: number;
  /** The file for the LoadResult. */
  readonly resultFile: string;
  readonly clients: readonly LoadClient[];
}

export interface LoadClient {
  readonly name: string;
  readonly command: readonly string[];
  /**
   * The pause between its runs, in milliseconds; undefined: it runs all the time, and prints `ok` or
   * an error for each request.
   */
  readonly everyMs?: number;
}

/** What the command of a soak has seen. Plain JSON. */
export interface LoadResult {
  readonly clients: readonly ClientResult[];
  readonly tokenFile: TokenFileResult;
}

export interface ClientResult {
  readonly name: string;
  readonly requests: number;
  readonly problems: readonly string[];
}

export interface TokenFileResult {
  readonly reads: number;
  readonly tokens: number;
  readonly problems: readonly string[];
}

/** Runs the clients and reads the token file for the time of the load. */
async function run({ seconds, resultFile, clients }: Load): Promise<void> {
  const stop = new AbortController();
  const running = [
    watchTokenFile(stop.signal),
    ...clients.map((client) =>
      client.everyMs === undefined
        ? listenTo(client, stop.signal)
        : repeat(client, client.everyMs, stop.signal),
    ),
  ] as const;
  await pause(seconds * 1000);
  stop.abort();
  const [tokenFile, ...results] = await Promise.all(running);
  const result: LoadResult = { clients: results as ClientResult[], tokenFile };
  writeFileSync(resultFile, JSON.stringify(result));
}

async function repeat(client: LoadClient, everyMs: number, signal: AbortSignal) {
  const problems: string[] = [];
  let requests = 0;
  while (!signal.aborted) {
    const startedAt = performance.now();
    const { code, output } = await runOnce(client.command);
    requests += 1;
    if (code !== 0) problems.push(problem(output));
    await pause(Math.max(0, everyMs - (performance.now() - startedAt)));
  }
  return { name: client.name, requests, problems };
}

function runOnce([file = '', ...args]: readonly string[]): Promise<{
  code: number | null;
  output: string;
}> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const add = (text: Buffer): void => {
      output += text.toString();
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

async function listenTo(client: LoadClient, signal: AbortSignal): Promise<ClientResult> {
  const [file = '', ...args] = client.command;
  const problems: string[] = [];
  let requests = 0;
  let last = '';
  const child: ChildProcess = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stderr?.on('data', (text: Buffer) => {
    last = text.toString();
  });
  if (child.stdout === null) throw new Error('it has no stdout');
  createInterface({ input: child.stdout }).on('line', (line) => {
    requests += 1;
    if (line !== 'ok') problems.push(problem(line));
  });
  child.once('exit', (code) => {
    if (!signal.aborted) problems.push(problem(`it ended with ${code}: ${last}`));
  });
  await new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    signal.addEventListener('abort', () => child.kill('SIGKILL'));
  });
  return { name: client.name, requests, problems };
}

/** Reads the token file again and again: it always contains one whole token that has not expired. */
async function watchTokenFile(signal: AbortSignal): Promise<TokenFileResult> {
  const file = process.env['DEXCHANGE_TOKEN_FILE'] ?? '';
  const tokens = new Set<string>();
  const problems: string[] = [];
  let reads = 0;
  while (!signal.aborted) {
    const found = tokenFileProblem(file, tokens);
    reads += 1;
    if (found !== undefined) problems.push(problem(found));
    await pause(2);
  }
  return { reads, tokens: tokens.size, problems };
}

function tokenFileProblem(file: string, tokens: Set<string>): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
    const mode = statSync(file).mode & 0o777;
    if (mode !== 0o600) return `its mode is ${mode.toString(8)}`;
  } catch (error) {
    return String(error);
  }
  tokens.add(text);
  // Dex signs with RSA-2048: 256 bytes.
  const [, claims] = /^[\w-]+\.([\w-]+)\.[\w-]{342}$/.exec(text) ?? [];
  if (claims === undefined) return `${text.length} characters that are not a token`;
  const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number };
  const leftMs = exp * 1000 - Date.now();
  return leftMs > 0 ? undefined : `its token ended ${-leftMs} ms ago`;
}

function problem(text: string): string {
  return `${new Date().toISOString()} ${text.trim().slice(0, 300)}`;
}

await run(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Load);
