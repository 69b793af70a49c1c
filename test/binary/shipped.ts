import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The packaged binary, which the tests in this folder run. */
export const binary = resolve(
  import.meta.dirname,
  '../../dist',
  process.platform === 'win32' ? 'dexchange.exe' : 'dexchange',
);

if (!existsSync(binary)) throw new Error(`${binary} does not exist: run npm run build`);

/** The libraries of Debian 10, RHEL 8 and later, the platforms that docs/install.md promises. */
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
