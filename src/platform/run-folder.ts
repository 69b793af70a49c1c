import {
  chmodSync,
  fchmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { DexchangeError } from '../errors.ts';
import type { Environment, FoundRunFolder, RunFolder } from '../ports.ts';
import { quotePath } from '../sanitize.ts';
import { writeAtomically } from './atomic-file.ts';
import { isAlive, processIdentity } from './machine.ts';
import { isZombie } from './process-table.ts';

const prefix = 'dexchange-run-';

/** More than the record of an agent needs. */
const maxRecordBytes = 64 * 1024;

/**
 * Creates a folder (0700) for the files of one run: in XDG_RUNTIME_DIR, else in a memory file system,
 * else in the folder for temporary files. Skips file systems without space. Removes the folders that killed
 * processes have left.
 * @throws DexchangeError file_not_written
 */
export function createRunFolder(env: Environment): RunFolder {
  const own = ownName();
  let problem: unknown;
  for (const parent of parents(env)) {
    removeLeft(parent);
    try {
      return runFolder(folderWithSpace(join(parent, `${prefix}${own}-`)));
    } catch (error) {
      problem = error;
    }
  }
  const [last = tmpdir()] = parents(env).slice(-1);
  throw notWritten(last, problem);
}

/** Enough for a token, its successor and a kubeconfig with certificates. */
const neededBytes = 64 * 1024;

/** Creates a folder, unless its file system is full. @throws the system's error */
function folderWithSpace(start: string): string {
  const path = mkdtempSync(start);
  if (process.platform !== 'win32') chmodSync(path, 0o700);
  const probe = join(path, 'space');
  try {
    writeFileSync(probe, Buffer.alloc(neededBytes), { mode: 0o600 });
    rmSync(probe);
    return path;
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    throw error;
  }
}

function runFolder(path: string): RunFolder {
  return {
    path,
    pathOf: (name) => join(path, name),
    write(name, content) {
      const target = join(path, name);
      try {
        writeAtomically(Buffer.from(content), {
          prefix: target,
          // Whatever the umask is.
          prepare: (file) => fchmodSync(file, 0o600),
          place: (temporary) => renameSync(temporary, target),
        });
      } catch (error) {
        throw notWritten(target, error);
      }
      return target;
    },
    remove() {
      try {
        rmSync(path, { recursive: true, force: true });
      } catch {
        // The next run tries again. An error here would replace the exit code of the command.
      }
    },
  };
}

function notWritten(path: string, error: unknown): DexchangeError {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  return new DexchangeError('file_not_written', `${quotePath(path)} cannot be written: ${code}`, {
    hint: 'set XDG_RUNTIME_DIR or TMPDIR to a folder of this user with free space',
  });
}

/** The folders that can contain run folders, in order of preference. */
function parents(env: Environment): readonly string[] {
  // Windows has no such folder, even if a shell sets the variable.
  const runtime = process.platform === 'win32' ? '' : (env['XDG_RUNTIME_DIR'] ?? '');
  const memory = process.platform === 'linux' ? ['/dev/shm'] : [];
  return [...(isAbsolute(runtime) && isOwn(runtime) ? [runtime] : []), ...memory, tmpdir()];
}

/** Whether a folder belongs to this user, as XDG_RUNTIME_DIR must (XDG base directory, 0.8). */
function isOwn(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === (process.geteuid?.() ?? stats.uid);
}

/**
 * Identifies this process among all processes that can see the folder. Containers can share the folder and
 * use the same process ids.
 */
function ownName(): string {
  return `${pidNamespace()}.${processIdentity(process.pid) ?? `0.${process.pid}.0`}`;
}

function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
}

/**
 * Finds the run folders of this user in this pid namespace, newest last, including those of killed
 * processes.
 */
export function findRunFolders(env: Environment): readonly FoundRunFolder[] {
  return [...new Set(parents(env))]
    .flatMap(foldersIn)
    .sort((a, b) => a.createdAtMs - b.createdAtMs);
}

function foldersIn(parent: string): readonly FoundRunFolder[] {
  const namespace = pidNamespace();
  return namesIn(parent).flatMap((name): FoundRunFolder[] => {
    const [, space, boot, pid = '', start] =
      /^dexchange-run-(\d+)\.([\da-f]+)\.(\d+)\.(\d+)-[A-Za-z0-9]{6}$/.exec(name) ?? [];
    if (space !== namespace) return [];
    const path = join(parent, name);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    const uid = process.geteuid?.();
    if (stats?.isDirectory() !== true || (uid !== undefined && stats.uid !== uid)) return [];
    return [
      {
        path,
        pid: Number(pid),
        createdAtMs: stats.birthtimeMs,
        isRunning: isRunning(`${boot}.${pid}.${start}`, Number(pid)),
        read: (file) => readSmallFile(join(path, file)),
        remove: () => rmSync(path, { recursive: true, force: true }),
      },
    ];
  });
}

/** Removes the folders of processes of this user that no longer exist. */
function removeLeft(parent: string): void {
  for (const folder of foldersIn(parent)) {
    if (folder.isRunning) continue;
    try {
      folder.remove();
    } catch {
      // The next run tries again.
    }
  }
}

function readSmallFile(path: string): string | undefined {
  try {
    const { size } = lstatSync(path);
    return size > maxRecordBytes ? undefined : readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function isRunning(identity: string, pid: number): boolean {
  const [boot] = identity.split('.');
  const own = processIdentity(process.pid);
  if (boot === '0' || own === undefined) return isAlive(pid);
  // After a reboot, or on another machine that shares the folder, the state is unknown: assume it runs.
  if (own.split('.')[0] !== boot) return true;
  // Some containers have no init process that reaps zombies.
  return processIdentity(pid) === identity && !isZombie(pid);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.startsWith(prefix));
  } catch {
    return [];
  }
}
