import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buildCache } from './build-cache.ts';
import { muslLoader, wineEnvironment, wineRoot } from './debian-root.ts';
import { writeLibraries } from './libraries.ts';
import type { Target } from './targets.ts';

/** How this machine runs the programs of a target. */
export interface Runner {
  /** The words before the program. */
  readonly command: readonly string[];
  /** Variables that the emulator needs. */
  readonly env: Readonly<Record<string, string>>;
  /** The value of --timeout in place of the default, which is too short on a busy machine. */
  readonly timeout?: string;
  /** How often to try what must succeed; default: once. */
  readonly tries?: number;
}

/** Programs of this machine. */
export const directly: Runner = { command: [], env: {} };

/** Under an emulator, what usually takes a tenth of a second can take half a minute. */
const timeout = '5m';

const qemu = '/usr/bin/qemu-aarch64-static';
/** The libraries of Debian's packages for cross compilation. */
const arm64Libraries = '/usr/aarch64-linux-gnu';

/**
 * The way to run the programs of a target on Linux on x64; what it needs is prepared if necessary.
 * @returns undefined if there is none
 * @throws Error that says what is missing on this machine
 */
export async function runnerOf(root: string, target: Target): Promise<Runner | undefined> {
  switch (target.runner) {
    case 'direct':
      return directly;
    case 'musl': {
      const musl = await muslRoot(root, target);
      const loader = join(musl, 'lib', basename(await muslLoader(target.arch)));
      return { command: [loader, '--library-path', join(musl, 'lib')], env: {} };
    }
    case 'qemu':
      requireFiles(qemu, `${arm64Libraries}/lib/libstdc++.so.6`);
      return { command: [qemu, '-L', arm64Libraries], env: {}, timeout };
    case 'qemu-musl':
      requireFiles(qemu);
      return { command: [qemu, '-L', await muslRoot(root, target)], env: {}, timeout };
    case 'wine':
      return wine(await wineRoot(), root);
    default:
      return undefined;
  }
}

function requireFiles(...files: readonly string[]): void {
  if (files.every((file) => existsSync(file))) return;
  throw new Error(
    'programs for arm64 need QEMU: apt-get install qemu-user-static libc6-arm64-cross libstdc++6-arm64-cross libgcc-s1-arm64-cross',
  );
}

/** A root with musl and the libraries of the target. */
async function muslRoot(root: string, target: Target): Promise<string> {
  const folder = join(buildCache(), target.name);
  const lib = join(folder, 'lib');
  await mkdir(lib, { recursive: true });
  const loader = await muslLoader(target.arch);
  await copyFile(loader, join(lib, basename(loader)));
  await writeLibraries(root, target, lib);
  return folder;
}

/**
 * Runs a program of Windows in the root of another Debian, which sees the folders of this machine
 * under the same paths. The mounts end with the process.
 *
 * Each program has a Wine server of its own: the folder of its socket, of which Debian's Wine keeps the name
 * in the file `wineserver`, is empty. A program that finds the server of another one which is about to end
 * loses its connection, and Wine then ends it with status 0 and without output.
 */
function wine(debian: string, root: string): Runner {
  const script = `
    debian=$1 root=$2; shift 2
    for folder in /proc /dev /tmp "$root"; do
      mkdir -p "$debian$folder" && mount --rbind "$folder" "$debian$folder"
    done
    socket=$debian/tmp/$(cat "$debian$WINEPREFIX/wineserver")
    mkdir -p "$socket" && mount -t tmpfs -o mode=700 tmpfs "$socket"
    exec chroot "$debian" sh -c 'cd "$1" && shift && exec wine "$@"' sh "$PWD" "$@"`;
  return {
    command: ['unshare', '--mount', 'sh', '-ec', script, 'sh', debian, root],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', ...wineEnvironment },
    timeout,
    // On a busy machine, Wine sometimes reports a page fault of its own in a thread of a process that ends.
    tries: 5,
  };
}
