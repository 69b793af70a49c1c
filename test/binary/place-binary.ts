import { copyFileSync, linkSync } from 'node:fs';
import { join } from 'node:path';
import { binary } from './shipped.ts';

/** Links the binary (120 MiB) into a folder, or copies it if it cannot be linked. */
export function placeBinary(folder: string, name = 'dexchange'): string {
  const placed = join(folder, name);
  try {
    linkSync(binary, placed);
  } catch {
    copyFileSync(binary, placed);
  }
  return placed;
}
