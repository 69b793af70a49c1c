import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withDebianPackages } from '../package/debian-root.ts';
import type { LinkEntry } from './tar.ts';

/**
 * The links in /usr/bin by which BusyBox is each of its commands. They come from the package for
 * amd64, which this machine can run; those for other architectures are built in the same way.
 */
export async function busyboxLinks(): Promise<readonly LinkEntry[]> {
  return await withDebianPackages(['libc6:amd64', 'busybox:amd64'], async (folder) => {
    // With the C library that it is built for, which may be newer than that of this machine.
    const libraries = join(folder, 'usr/lib/x86_64-linux-gnu');
    const { stdout } = await promisify(execFile)(join(libraries, 'ld-linux-x86-64.so.2'), [
      ...['--library-path', libraries],
      ...[join(folder, 'usr/bin/busybox'), '--list'],
    ]);
    return stdout
      .split('\n')
      .filter((name) => name !== '' && name !== 'busybox')
      .map((name) => ({ path: `usr/bin/${name}`, link: 'busybox' }));
  });
}
