import { resolve } from 'node:path';
import { builtBinaries } from './release/built-binaries.ts';
import { makeRelease } from './release/make-release.ts';
import { releaseInfo } from './release/release-info.ts';
import { signingKey } from './release/signing-key.ts';

// Makes the files of a release in dist/release. docs/releasing.md lists the variables that it reads.

const root = resolve(import.meta.dirname, '..');

function step(text: string): void {
  console.log(`release: ${text}`);
}

try {
  await makeRelease({
    info: await releaseInfo(root, process.env),
    binaries: builtBinaries(root),
    key: signingKey(process.env),
    output: resolve(root, 'dist', 'release'),
    step,
  });
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
