import { copyFileSync, linkSync } from 'node:fs';
import { join } from 'node:path';
import { binary } from './shipped.ts';

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
