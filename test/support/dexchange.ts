import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Ended, runToEnd } from './run-to-end.ts';

export interface Call {
  /** The environment in addition to PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** A command that runs the program, such as `setpriv` or `sh -c`; gets its words as arguments. */
  readonly wrapper?: readonly string[];
}

const root = resolve(import.meta.dirname, '../..');

/**
 * The program under test: the sources, or the binary if DEXCHANGE_TEST_TARGET is `binary`.
 * DEXCHANGE_TEST_PROGRAM names another binary, with the words before it in a JSON list, such as an
 * emulator.
 */
export const program: readonly [string, ...string[]] = programUnderTest();

function programUnderTest(): readonly [string, ...string[]] {
  const chosen = process.env['DEXCHANGE_TEST_PROGRAM'];
  if (chosen !== undefined) return JSON.parse(chosen) as [string, ...string[]];
  if (process.env['DEXCHANGE_TEST_TARGET'] !== 'binary') {
    return [process.execPath, join(root, 'src/main.ts')];
  }
  return [join(root, 'dist', process.platform === 'win32' ? 'dexchange.exe' : 'dexchange')];
}

/** The sources start three times as fast if Node need not compile them again. */
const compileCache =
  program.length === 2 && program[0] === process.execPath
    ? { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/dexchange-sources') }
    : {};

/** Runs the program as kubectl would, and waits until it ends. */
export function dexchange(args: readonly string[], call: Call = {}): Promise<Ended> {
  const [command = '', ...first] = [...(call.wrapper ?? []), ...program];
  return runToEnd(command, [...first, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...compileCache, ...call.env },
    cwd: call.cwd,
    stdin: call.stdin ?? '',
  });
}

/** Creates a folder; the caller passes `remove` to `onTestFinished` or `afterAll`. */
export function freshFolder(prefix = 'dexchange-test-'): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), prefix));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The ExecCredential that a call printed; throws if the call failed or printed no JSON. */
export function execCredential(ended: Ended): {
  apiVersion: string;
  kind: string;
  spec: Record<string, unknown>;
  status: { token: string; expirationTimestamp: string };
} {
  if (ended.code !== 0) throw new Error(`exit code ${ended.code}: ${ended.stderr}`);
  return JSON.parse(ended.stdout);
}
