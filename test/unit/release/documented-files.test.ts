import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { targets } from '../../../scripts/package/targets.ts';
import { archiveName } from '../../../scripts/release/archive.ts';
import type { Platform } from '../../../scripts/release/release-binary.ts';
import {
  packageFormats,
  systemPackageName,
} from '../../../scripts/release/system-package-config.ts';

const root = resolve(import.meta.dirname, '../../..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
};

/** The archives and packages of all targets. */
const released = new Set(
  targets.flatMap(({ name, os, arch }) => {
    const platform: Platform = {
      ...{ os, arch },
      ...(os === 'linux' ? { libc: name.includes('musl') ? 'musl' : 'glibc' } : {}),
      ...(name.endsWith('-libs') ? { libraries: 'lib' } : {}),
    };
    const packages = packageFormats(platform).map((format) =>
      systemPackageName(version, platform, format),
    );
    return [archiveName(version, platform), ...packages];
  }),
);

test.each(['README.md', 'docs/install.md'])('the files that %s names are in a release', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const named = [...text.matchAll(/\bdexchange_[\d.]+_[\w.-]+\.(?:tar\.gz|zip|deb|rpm|apk)\b/g)];
  expect(named.length).toBeGreaterThan(3);
  for (const [name] of named) expect(released.has(name), name).toBe(true);
});
