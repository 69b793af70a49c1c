import { existsSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A POSIX shell with the tools of its system. */
export interface Shell {
  readonly name: string;
  /** The command that runs a script: `busybox sh`. */
  readonly command: readonly [string, ...string[]];
  /** The program that has all tools in one; undefined if each is a program of its own. */
  readonly applets: string | undefined;
}

/** The shells that CI images have. */
export const shells: readonly [Shell, Shell, Shell] = [
  { name: 'busybox', command: [located('busybox'), 'sh'], applets: located('busybox') },
  { name: 'dash', command: [located('dash')], applets: undefined },
  { name: 'bash', command: [located('bash')], applets: undefined },
];

/** What the install script may call besides the tools for downloads, checksums and signatures. */
const usualTools = [
  ...['basename', 'cat', 'chmod', 'dd', 'find', 'gzip', 'mkdir', 'mktemp', 'mv'],
  ...['rm', 'rmdir', 'sed', 'tar', 'touch', 'tr'],
];

/** Programs of their own in a system with BusyBox too. */
const notInBusyBox = new Set(['curl', 'openssl', 'minisign', 'shasum', 'perl']);

/** The absolute path of a program in PATH; the name if there is none. */
export function located(program: string): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find(existsSync) ?? program;
}

/** Those of some programs that are not in PATH. */
export function missingPrograms(programs: readonly string[]): readonly string[] {
  return programs.filter((program) => !existsSync(located(program)));
}

/** How a machine differs from the usual one. */
export interface Tools {
  /** Tools for downloads, checksums and signatures. Default: wget and sha256sum. */
  readonly extra?: readonly string[];
  /** What `ldd --version` prints. Default: that of glibc. */
  readonly libc?: 'glibc' | 'musl';
  /** What `uname -s` and `uname -m` print. Default: Linux and x86_64. */
  readonly system?: string;
  readonly machine?: string;
}

/**
 * Makes a folder for PATH that has the tools of a shell's system and no others. `sleep` does not wait.
 * @returns the folder
 */
export function toolFolder(shell: Shell, parent: string, tools: Tools = {}): string {
  const { extra = ['wget', 'sha256sum'], libc = 'glibc', machine = 'x86_64' } = tools;
  const { system = 'Linux' } = tools;
  const folder = mkdtempSync(join(parent, 'tools-'));
  for (const name of [...usualTools, ...extra]) {
    const target =
      shell.applets === undefined || notInBusyBox.has(name) ? undefined : shell.applets;
    symlinkSync(target ?? located(name), join(folder, name));
  }
  symlinkSync(shell.command[0], join(folder, 'sh'));
  const script = (name: string, text: string): void =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  script('sleep', ':');
  script('uname', `case $1 in -m) echo ${machine} ;; *) echo ${system} ;; esac`);
  const musl = 'echo "musl libc (x86_64)" >&2; exit 1';
  script('ldd', libc === 'musl' ? musl : 'echo "ldd (GNU libc) 2.36"');
  return folder;
}
