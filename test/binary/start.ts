import { type StdioOptions, spawn } from 'node:child_process';
import { copyFileSync, linkSync } from 'node:fs';
import { join } from 'node:path';
import type { Ended } from '../support/dexchange.ts';
import { binary } from './shipped.ts';

/** Runs a command with this environment and nothing besides it. */
export function start(
  command: string,
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly stdio?: StdioOptions;
  } = {},
): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, {
      env: { ...options.env },
      cwd: options.cwd,
      stdio: options.stdio ?? ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', failed);
    child.on('close', (code) => done({ code, stdout, stderr }));
  });
}

/** Puts the binary into a folder, without copying its 120 MiB if that can be avoided. */
export function placeBinary(folder: string, name = 'dexchange'): string {
  const placed = join(folder, name);
  try {
    linkSync(binary, placed);
  } catch {
    copyFileSync(binary, placed);
  }
  return placed;
}
