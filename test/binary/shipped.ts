import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The packaged binary, which the tests in this folder run. */
export const binary = resolve(
  import.meta.dirname,
  '../../dist',
  process.platform === 'win32' ? 'dexchange.exe' : 'dexchange',
);

if (!existsSync(binary)) throw new Error(`${binary} does not exist: run npm run build`);
