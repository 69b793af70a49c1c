import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DexchangeError } from '../errors.ts';
import { quotePath } from '../sanitize.ts';
import { unlinkQuietly, writeAtomically } from './atomic-file.ts';

const { O_CREAT, O_EXCL, O_WRONLY } = constants;

/** Writing a kubeconfig takes milliseconds, so an older lock is left over from a killed process. */
const staleLockMs = 10_000;
const lockWaitMs = 3_000;

/**
 * Replaces the text of a file atomically: a reader sees the old text or the new one, and after a
 * failure or a killed process the file has the old text. The new file has mode 0600. If the path is
 * a symbolic link, its target is replaced. Uses the same lock as kubectl (`FILE.lock`), so that
 * neither loses the other's changes.
 * @param change returns the new text; gets undefined if the file does not exist; can throw to leave
 *   the file unchanged
 * @throws DexchangeError output_failed, and the errors of `change`
 */
export function updateFile(path: string, change: (old: string | undefined) => string): void {
  const release = takeSignals();
  try {
    const target = resolveTarget(path);
    requireRegularFile(target, path);
    const lock = `${target}.lock`;
    takeLock(lock, path);
    try {
      const old = readOld(target);
      const next = change(old);
      if (next !== old || (statSync(target).mode & 0o077) !== 0) replace(target, next);
    } finally {
      unlinkQuietly(lock);
    }
  } catch (error) {
    if (error instanceof DexchangeError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new DexchangeError('output_failed', `${quotePath(path)} cannot be written: ${code}`, {
      hint: 'check the permissions of the file and its folder; the file was not changed',
      cause: error,
    });
  } finally {
    release();
  }
}

function resolveTarget(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return join(realpathSync(folder), basename(path));
  }
}

/** A rename would replace a device such as /dev/null, and reading a FIFO would not end. */
function requireRegularFile(target: string, path: string): void {
  const found = statSync(target, { throwIfNoEntry: false });
  if (found === undefined || found.isFile()) return;
  throw new DexchangeError('output_failed', `${quotePath(path)} is not a regular file`, {
    hint: 'name a regular file or a new one; without the flag, the text goes to stdout',
  });
}

function takeLock(lock: string, path: string): void {
  const giveUpAt = performance.now() + lockWaitMs;
  for (;;) {
    try {
      closeSync(openSync(lock, O_WRONLY | O_CREAT | O_EXCL, 0o600));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isStale(lock)) unlinkQuietly(lock);
    else if (performance.now() > giveUpAt) {
      throw new DexchangeError('output_failed', `${quotePath(path)} is locked by another process`, {
        hint: `wait until the other process has finished, or remove ${quotePath(lock)} if no kubectl config is running`,
      });
    } else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

function isStale(lock: string): boolean {
  try {
    return Date.now() - statSync(lock).mtimeMs > staleLockMs;
  } catch {
    return false;
  }
}

function readOld(target: string): string | undefined {
  try {
    return readFileSync(target, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function replace(target: string, text: string): void {
  writeAtomically(Buffer.from(text), {
    prefix: join(dirname(target), `.${basename(target)}`),
    place: (temporary) => renameSync(temporary, target),
    prepare: (file) => keepOwner(target, file),
    isDurable: true,
  });
}

/** Keeps the owner of the file if root replaces it, for example under sudo. */
function keepOwner(target: string, file: number): void {
  try {
    const { uid, gid } = statSync(target);
    // By descriptor: another file could be put in the place of the temporary one.
    if (uid !== fstatSync(file).uid) fchownSync(file, uid, gid);
  } catch {
    // There is no old file, or this user is not allowed to change the owner.
  }
}

/** Delays signals until the file is written: a handler replaces their default effect until then. */
function takeSignals(): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (signal: NodeJS.Signals): void => {
    for (const name of signals) process.removeListener(name, onSignal);
    process.kill(process.pid, signal);
  };
  for (const name of signals) process.once(name, onSignal);
  return () => {
    setImmediate(() => {
      for (const name of signals) process.removeListener(name, onSignal);
    });
  };
}
