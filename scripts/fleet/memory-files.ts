import type { FileProblem, PrivateFiles } from '../../src/ports.ts';

const absent: FileProblem = { reason: 'does not exist', absent: true };

/** The files of one cache folder, in memory. */
export function memoryFiles(): PrivateFiles {
  const files = new Map<string, Buffer>();
  let exists = false;
  const write = (path: string, content: Buffer): undefined => {
    files.set(path, content);
  };
  return {
    checkFolder(_path, create) {
      exists ||= create;
      return exists ? undefined : absent;
    },
    read: (path) => files.get(path) ?? absent,
    replace: write,
    overwrite: write,
    createOnce: (path, content) =>
      files.has(path) ? { reason: 'exists', absent: false } : write(path, content),
  };
}
