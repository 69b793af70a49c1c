import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { minimalRoot, rootPath } from '../../e2e/harness/minimal-root.ts';
import { type Ended, runToEnd } from '../../support/run-to-end.ts';

/** A minimal Debian that a test may change. */
export interface RootCopy {
  readonly path: string;
  /** Copies a file into /tmp of the root; returns its path there. */
  readonly bring: (file: string) => Promise<string>;
  readonly run: (command: string, ...args: readonly string[]) => Promise<Ended>;
}

/** Copies the minimal root for a test. */
export async function rootCopy(): Promise<RootCopy> {
  const parent = await mkdtemp(join(tmpdir(), 'dexchange-root-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const path = join(parent, 'root');
  const copied = spawnSync('cp', ['-a', await minimalRoot(), path], { encoding: 'utf8' });
  if (copied.status !== 0) throw new Error(`cp failed: ${copied.stderr}`);
  return {
    path,
    bring: async (file) => {
      await cp(file, join(path, 'tmp', basename(file)));
      return `/tmp/${basename(file)}`;
    },
    run: (command, ...args) => runToEnd('chroot', [path, command, ...args], { env: rootPath }),
  };
}
