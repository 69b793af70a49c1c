import { basename, dirname, isAbsolute, join, relative } from 'node:path';

/** The folders of the user who writes a kubeconfig, which other machines do not have. */
export interface LocalFolders {
  readonly cwd: () => string;
  readonly home: string | undefined;
  /** The folder of the kubeconfig that is written, absolute; undefined for stdout. */
  readonly kubeconfigFolder: () => string | undefined;
  /** The folders for temporary files that variables such as TMPDIR name. */
  readonly temporary: readonly string[];
  /** A path without symbolic links, as far as it exists. */
  readonly realPath: (path: string) => string;
}

/** Every machine has these folders, but not the files in them. */
const sharedTemporary = ['/tmp', '/var/tmp', '/dev/shm'];

/** What belongs to a process or to a session, such as the pipes of a shell's `<(command)`. */
const ofProcesses = ['/dev/fd', '/proc', '/run/user'];

/**
 * Which folders count: `any`, or `kept` for what the program creates by itself, such as a cache, which
 * it can also do in the temporary folder of another machine.
 */
type Kind = 'any' | 'kept';

/**
 * The folder of the user or of temporary files that an absolute path is in, or is itself; undefined if
 * it is in none. Symbolic links to folders are followed. A link to a file is not: it says nothing about
 * the file of that name on another machine.
 */
export function ownFolderOf(path: string, folders: LocalFolders, kind: Kind): string | undefined {
  const { cwd, home, kubeconfigFolder, temporary, realPath } = folders;
  const paths = [path, join(realPath(dirname(path)), basename(path))];
  const isIn = (folder: string): boolean =>
    [folder, realPath(folder)].some((each) => paths.some((one) => isOwn(one, each)));
  const candidates = [
    cwd(),
    home,
    kubeconfigFolder(),
    ...temporary,
    ...ofProcesses,
    ...(kind === 'any' ? sharedTemporary : []),
  ].filter((folder) => folder !== undefined);
  return candidates.find((folder) => isAbsolute(folder) && isIn(folder));
}

/**
 * The first path in a word of a command that is in a folder of the user: the word itself, its value
 * after `=`, or a path in a script such as that of `sh -c`. A script may use temporary files of its own.
 */
export function localPathIn(word: string, folders: LocalFolders): string | undefined {
  const [, value = word] = /^[\w.-]+=(.*)$/s.exec(word) ?? [];
  if (isAbsolute(value) && !/\s/.test(value)) {
    return ownFolderOf(value, folders, 'any') === undefined ? undefined : value;
  }
  const paths = word
    .replaceAll('file://', ' ')
    .match(/(?<![\w.~$}/-])\/(?!\/)[^\s'"`;|&<>()=,:]*/g);
  return paths?.find((path) => ownFolderOf(path, folders, 'kept') !== undefined);
}

/** Whether a path is a folder or below it. The root does not count: every path is below it. */
function isOwn(path: string, folder: string): boolean {
  return relative('/', folder) !== '' && (relative(folder, path) === '' || isBelow(path, folder));
}

/** Whether an absolute path is below an absolute folder, and not the folder itself. */
export function isBelow(path: string, folder: string): boolean {
  const steps = relative(folder, path);
  return steps !== '' && !/^\.\.(?:[/\\]|$)/.test(steps) && !isAbsolute(steps);
}
