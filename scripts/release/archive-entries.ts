import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bashCompletion } from '../../src/cli/completion/bash.ts';
import { fishCompletion } from '../../src/cli/completion/fish.ts';
import { zshCompletion } from '../../src/cli/completion/zsh.ts';
import { manPages } from '../man-pages.ts';
import type { FileEntry } from './file-entry.ts';
import { programFile, type ReleaseBinary } from './release-binary.ts';

/**
 * What an archive contains. On Linux and macOS, paths are relative to a prefix such as /usr/local,
 * so that one `tar` command installs the program together with its manual pages and completions. On
 * Windows, the program is at the top.
 */
export async function archiveEntries(
  root: string,
  version: string,
  binary: ReleaseBinary,
): Promise<readonly FileEntry[]> {
  const documents = [
    { path: 'LICENSE', content: await readFile(join(root, 'LICENSE')) },
    { path: 'README.md', content: await readFile(join(root, 'README.md')) },
    { path: 'THIRD-PARTY-LICENSES.txt', content: await readFile(binary.licenses) },
  ];
  const program = {
    path: programFile(binary),
    content: await readFile(binary.program),
    executable: true,
  };
  if (binary.os === 'windows') return [program, ...documents];
  return [
    { ...program, path: `bin/${program.path}` },
    ...(await libraries(binary)),
    ...below('share/doc/dexchange', documents),
    ...below('share', sharedFiles(version)),
  ];
}

/** Manual pages and completions, relative to the folder `share` of a prefix. */
export function sharedFiles(version: string): readonly FileEntry[] {
  return [
    { path: 'bash-completion/completions/dexchange', content: bashCompletion },
    { path: 'zsh/site-functions/_dexchange', content: zshCompletion },
    { path: 'fish/vendor_completions.d/dexchange.fish', content: fishCompletion },
    ...[...manPages(version)].map(([name, content]) => ({ path: `man/man1/${name}`, content })),
  ];
}

async function libraries(binary: ReleaseBinary): Promise<readonly FileEntry[]> {
  const folder = binary.libraries;
  if (folder === undefined) return [];
  const names = await readdir(folder);
  return await Promise.all(
    names.map(async (name) => ({
      path: `lib/dexchange/${name}`,
      content: await readFile(join(folder, name)),
    })),
  );
}

function below(folder: string, files: readonly FileEntry[]): readonly FileEntry[] {
  return files.map((file) => ({ ...file, path: `${folder}/${file.path}` }));
}
