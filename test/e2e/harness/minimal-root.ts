import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runToEnd } from '../../support/run-to-end.ts';
import { cacheFolder } from './build.ts';

const suite = 'bookworm';

/** The PATH inside of the root. */
export const rootPath = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };

/** The root of a Debian with only the required packages and apt; the first run creates it. */
export async function minimalRoot(): Promise<string> {
  const root = join(cacheFolder(), `minimal-root-${suite}-${process.arch}`);
  if (process.getuid?.() !== 0) throw new Error('this test calls chroot: run it as root');
  if (existsSync(root)) return root;
  if (spawnSync('debootstrap', ['--version']).error !== undefined) {
    throw new Error('debootstrap is not installed: apt-get install debootstrap');
  }
  await mkdir(cacheFolder(), { recursive: true, mode: 0o700 });
  const unfinished = await mkdtemp(`${root}.tmp-${process.pid}-`);
  const made = await runToEnd('debootstrap', ['--variant=minbase', suite, unfinished], {
    env: { ...process.env, ...rootPath } as Record<string, string>,
  });
  if (made.code !== 0) {
    await rm(unfinished, { recursive: true, force: true });
    throw new Error(`debootstrap ended with ${made.code}:\n${made.stdout}${made.stderr}`);
  }
  await rename(unfinished, root);
  return root;
}
