import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import type { BaseNode } from './base-node.ts';
import type { Libraries } from './targets.ts';

/** The licences of the third-party software in the binary, as one text to distribute with it. */
export async function thirdPartyLicenses(
  root: string,
  metafile: Metafile,
  base: BaseNode,
  libraries: Libraries | undefined,
): Promise<string> {
  const sections = await Promise.all(
    bundledPackages(metafile).map((folder) => packageSection(root, folder)),
  );
  const intro =
    'dexchange is distributed together with the following software, under the licences given here.';
  const node = base.license === undefined ? [] : [await nodeSection(base.license)];
  const gcc = libraries === undefined ? [] : [await gccSection(libraries)];
  return [intro, ...sections, ...node, ...gcc].join(`\n\n${'='.repeat(80)}\n\n`).concat('\n');
}

/** The folders of the packages that contribute at least one byte to a bundle. */
export function bundledPackages(metafile: Metafile): string[] {
  const folders = new Set<string>();
  for (const output of Object.values(metafile.outputs)) {
    for (const [path, input] of Object.entries(output.inputs)) {
      const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder !== undefined && input.bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders].sort();
}

async function packageSection(root: string, folder: string): Promise<string> {
  const path = join(root, folder);
  const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const files = (await readdir(path)).filter((f) => /^(licen[cs]e|notice|copying)/i.test(f)).sort();
  if (files.length === 0) {
    throw new Error(`${manifest.name} is in the binary, but has no licence file to distribute`);
  }
  const texts = await Promise.all(files.map((file) => readFile(join(path, file), 'utf8')));
  const title = `${manifest.name} ${manifest.version} (${manifest.license ?? 'see below'})`;
  return [title, ...texts.map((text) => text.trim())].join('\n\n');
}

async function nodeSection(file: string): Promise<string> {
  return `Node.js, and the libraries inside it\n\n${(await readFile(file, 'utf8')).trim()}`;
}

async function gccSection({ source, files }: Libraries): Promise<string> {
  const texts = await Promise.all(
    ['gcc-exception-3.1.txt', 'gpl-3.0.txt'].map((file) =>
      readFile(join(import.meta.dirname, 'licenses', file), 'utf8'),
    ),
  );
  const title = `${Object.keys(files).join(' and ')}, libraries of GCC (GPL-3.0-or-later WITH GCC-exception-3.1)`;
  const where = `They are those of ${source}, where their source is; only names in them were changed.`;
  return [title, where, ...texts.map((text) => text.trim())].join('\n\n');
}
