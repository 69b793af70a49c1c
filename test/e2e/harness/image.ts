import { cpSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { archiveName } from '../../../scripts/release/archive.ts';
import { rootCopy } from '../../release/support/root-copy.ts';
import { builtTarget, repository } from '../../support/built-target.ts';
import { busybox, cleanRoot, runInRoot } from '../../support/clean-root.ts';
import { currentVersion } from '../../support/release-server.ts';
import type { Ended } from '../../support/run-to-end.ts';

/** What the images of others contain. */
export interface ImageParts {
  readonly kubectl: string;
  /** The CAs that the images trust. */
  readonly caFile: string;
}

/** The root file system of an image. */
export interface Image {
  readonly path: string;
  /** Runs a shell script in it. */
  readonly run: (script: string, env: Readonly<Record<string, string>>) => Promise<Ended>;
}

/** The bundle of CAs in Alpine, and in Debian with ca-certificates. */
const bundle = 'etc/ssl/certs/ca-certificates.crt';

/**
 * Builds an image from a Dockerfile. Knows the instructions that README.md uses, and takes what they
 * copy from the builds of this repository and from `parts`.
 * @throws Error for other instructions, bases and files
 */
export async function buildImage(dockerfile: string, parts: ImageParts): Promise<Image> {
  const [from = '', ...instructions] = dockerfile.trim().split('\n');
  const path = await baseImage(from, parts);
  for (const instruction of instructions) {
    const [, source = '', target = ''] =
      /^(?:COPY --from=)?(.* ?\S+) (\/\S*\/)$/.exec(instruction) ?? [];
    copyInto(join(path, target), source, parts);
  }
  return { path, run: (script, env) => runInRoot(path, ['/bin/sh', '-c', script], env) };
}

async function baseImage(from: string, { caFile }: ImageParts): Promise<string> {
  if (/^FROM debian:\S+-slim$/.test(from)) return (await rootCopy()).path;
  if (!/^FROM alpine:\S+$/.test(from)) throw new Error(`unknown base: ${from}`);
  const root = await cleanRoot('musl', 'x64');
  onTestFinished(root.remove);
  root.put(await busybox(), 'bin/busybox');
  symlinkSync('busybox', join(root.path, 'bin/sh'));
  root.put(caFile, bundle);
  return root.path;
}

function copyInto(folder: string, source: string, parts: ImageParts): void {
  const copy = (file: string, name: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    cpSync(file, join(folder, name), { recursive: true });
  };
  const archive = (libc: 'glibc' | 'musl'): string =>
    `ADD ${archiveName(currentVersion, { os: 'linux', arch: 'x64', libc })}`;
  if (/^registry\.k8s\.io\/kubectl:\S+ \/bin\/kubectl$/.test(source))
    copy(parts.kubectl, 'kubectl');
  else if (/^alpine:\S+ /.test(source) && source.endsWith(` /${bundle}`)) {
    copy(parts.caFile, 'ca-certificates.crt');
  } else if (source === archive('glibc')) copy(join(repository, 'dist/dexchange'), 'bin/dexchange');
  else if (source === archive('musl')) {
    for (const part of ['bin', 'lib']) copy(join(builtTarget('linux-musl-x64').folder, part), part);
  } else throw new Error(`unknown instruction: ${source}`);
}
