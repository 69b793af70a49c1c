import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unpackDebian } from '../package/debian-root.ts';
import type { LinkEntry } from './tar.ts';

/**
 * The links in /usr/bin by which BusyBox is each of its commands. They come from the package for
 * amd64, which this machine can run; those for other architectures are built in the same way.
 */
export async function busyboxLinks(): Promise<readonly LinkEntry[]> {
  const unpacked = await mkdtemp(join(tmpdir(), 'dexchange-busybox-'));
  try {
    for (const name of ['libc6', 'busybox']) await unpackDebian(`${name}:amd64`, unpacked);
    // With the C library that it is built for, which may be newer than that of this machine.
    const libraries = join(unpacked, 'usr/lib/x86_64-linux-gnu');
    const { stdout } = await promisify(execFile)(join(libraries, 'ld-linux-x86-64.so.2'), [
      ...['--library-path', libraries],
      ...[join(unpacked, 'usr/bin/busybox'), '--list'],
    ]);
    return stdout
      .split('\n')
      .filter((name) => name !== '' && name !== 'busybox')
      .map((name) => ({ path: `usr/bin/${name}`, link: 'busybox' }));
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}
