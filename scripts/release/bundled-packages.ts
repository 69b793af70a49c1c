import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildIdentity } from '../package/build-identity.ts';
import { bundle } from '../package/bundle.ts';
import { bundledPackages } from '../package/licenses.ts';

/** An npm package in the program. */
export interface BundledPackage {
  /** With the scope, such as @scope/name. */
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly license: string | undefined;
}

/** The npm packages that contribute at least one byte to the program. */
export async function packagesInBundle(root: string): Promise<readonly BundledPackage[]> {
  const identity = await buildIdentity(root, 'any');
  const { metafile } = await bundle({ root, identity, codeCaches: 'inside' });
  return await Promise.all(
    bundledPackages(metafile).map(async (folder) => {
      const { name, version, license } = JSON.parse(
        await readFile(join(root, folder, 'package.json'), 'utf8'),
      ) as { name: string; version: string; license?: string };
      return { name, version, license };
    }),
  );
}
