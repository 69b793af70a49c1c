import { existsSync } from 'node:fs';
import { program } from '../support/dexchange.ts';

/** The packaged binary; these tests are about nothing else. */
export const binary: string = program[0];

if (program.length > 1 || !existsSync(binary)) {
  throw new Error('test/binary runs on dist/dexchange alone: npm run build, then --project binary');
}

/** What Debian 10, RHEL 8 and all newer ones have: the platforms the README promises. */
export const allowedLibraries: readonly string[] = [
  'ld-linux-x86-64.so.2',
  'ld-linux-aarch64.so.1',
  'libc.so.6',
  'libdl.so.2',
  'libgcc_s.so.1',
  'libm.so.6',
  'libpthread.so.0',
  'libstdc++.so.6',
];
