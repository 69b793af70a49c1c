import { chmod, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** Puts the commands that texts print, with the programs under test, into a folder for PATH. */
export async function installTools(folder: string, kubectl: string): Promise<void> {
  const program = resolve(import.meta.dirname, '../../../dist/dexchange');
  for (const [name, line] of [
    ['kubectl', `exec '${kubectl}' "$@"`],
    // d8 k is an embedded kubectl.
    ['d8', `[ "$1" = k ] && shift && exec '${kubectl}' "$@"`],
    ['dexchange', `exec '${program}' "$@"`],
  ] as const) {
    await writeFile(join(folder, name), `#!/bin/sh\n${line}\n`);
    await chmod(join(folder, name), 0o755);
  }
}
