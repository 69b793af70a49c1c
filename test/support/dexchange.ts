import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Ended, runToEnd } from './run-to-end.ts';

export interface Call {
  /** The whole environment but for PATH; HOME is a fresh folder unless it is said. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** A command that runs the program, whose words come behind it: `setpriv`, `sh -c`. */
  readonly wrapper?: readonly string[];
}

const root = resolve(import.meta.dirname, '../..');

/** What is tested: the sources, or with DEXCHANGE_TEST_TARGET=binary what is shipped. */
export const program: readonly [string, ...string[]] =
  process.env['DEXCHANGE_TEST_TARGET'] === 'binary'
    ? [join(root, 'dist', process.platform === 'win32' ? 'dexchange.exe' : 'dexchange')]
    : [process.execPath, join(root, 'src/main.ts')];

/** Runs the program as a client would, and waits for its end. */
export function dexchange(args: readonly string[], call: Call = {}): Promise<Ended> {
  const [command = '', ...first] = [...(call.wrapper ?? []), ...program];
  return runToEnd(command, [...first, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...call.env },
    cwd: call.cwd,
    stdin: call.stdin ?? '',
  });
}

/** A folder that is removed when the test's `onTestFinished` or `afterAll` calls `remove`. */
export function freshFolder(prefix = 'dexchange-test-'): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), prefix));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The ExecCredential a call printed; throws if stdout is not one. */
export function execCredential(ended: Ended): {
  apiVersion: string;
  kind: string;
  spec: Record<string, unknown>;
  status: { token: string; expirationTimestamp: string };
} {
  if (ended.code !== 0) throw new Error(`exit code ${ended.code}: ${ended.stderr}`);
  return JSON.parse(ended.stdout);
}
