import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, extname, isAbsolute, join, sep } from 'node:path';
import type { Environment, Program, ProgramProblem, Programs } from '../ports.ts';
import { readStart } from './read-start.ts';

const isWindows = process.platform === 'win32';

/** The programs and files of this machine, for doctor. No function throws. */
export const programs: Programs = {
  /**
   * The regular files in PATH with a name, in the order of PATH and each once; for a path, that file.
   * Relative folders are left out, as Go and so kubectl do (os/exec, ErrDot).
   */
  find(nameOrPath, env) {
    const names = fileNames(nameOrPath, env);
    if (nameOrPath.includes(sep) || (isWindows && /[/:]/.test(nameOrPath))) {
      return names.flatMap(described);
    }
    const path = variableOf(env, 'PATH') ?? '';
    const folders = path.split(delimiter).filter((folder) => isAbsolute(folder));
    return [...new Set(folders)].flatMap((folder) =>
      names.flatMap((name) => described(join(folder, name))),
    );
  },

  own: () => realPathOf(process.execPath) ?? process.execPath,

  modeOf(path) {
    if (isWindows) return undefined;
    try {
      return statSync(path).mode & 0o777;
    } catch {
      return undefined;
    }
  },
};

/** On Windows a program has an extension, which its name in a command may leave out (PATHEXT). */
function fileNames(name: string, env: Environment): readonly string[] {
  if (!isWindows) return [name];
  const known = (variableOf(env, 'PATHEXT') || '.com;.exe;.bat;.cmd').toLowerCase().split(';');
  const extensions = known.filter((extension) => extension !== '');
  const asWritten = extensions.includes(extname(name).toLowerCase()) ? [name] : [];
  return [...asWritten, ...extensions.map((extension) => name + extension)];
}

/** Windows does not distinguish upper and lower case in names of variables. */
function variableOf(env: Environment, name: string): string | undefined {
  if (!isWindows) return env[name];
  return Object.entries(env).find(([other]) => other.toUpperCase() === name)?.[1];
}

function described(path: string): readonly Program[] {
  const realPath = realPathOf(path);
  if (realPath === undefined || !isFile(realPath)) return [];
  return [{ path, realPath, problem: problemOf(realPath) }];
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function problemOf(path: string): ProgramProblem | undefined {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return { kind: 'not-executable' };
  }
  const loader = loaderOf(readStart(path, 4096) ?? Buffer.alloc(0));
  if (loader === undefined || isFile(loader)) return undefined;
  return { kind: 'no-loader', loader };
}

/**
 * The file that the kernel runs first: PT_INTERP of a 64-bit little-endian ELF file (elf(5)), or the
 * interpreter of a script; undefined if there is none, or if it is not at the beginning of the file.
 */
function loaderOf(start: Buffer): string | undefined {
  const [, interpreter] = /^#! *([^\s]+)/.exec(start.toString('latin1', 0, 256)) ?? [];
  if (interpreter !== undefined) return isAbsolute(interpreter) ? interpreter : undefined;
  if (start.length < 0x40 || start.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') return undefined;
  const table = Number(start.readBigUInt64LE(0x20));
  const [size, count] = [start.readUInt16LE(0x36), start.readUInt16LE(0x38)];
  for (let index = 0; index < count; index++) {
    const header = table + index * size;
    if (header + 0x28 > start.length) return undefined;
    if (start.readUInt32LE(header) !== interpreterSegment) continue;
    const offset = Number(start.readBigUInt64LE(header + 0x08));
    const end = start.indexOf(0, offset);
    return end < 0 ? undefined : start.toString('latin1', offset, end);
  }
  return undefined;
}

const interpreterSegment = 3;
