import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { targetNamed, targets } from './package/targets.ts';
import { builderId } from './release/builder-id.ts';
import { releasedBinary } from './release/built-binary.ts';
import { makeRelease } from './release/make-release.ts';
import type { ReleaseBinary } from './release/release-binary.ts';
import { releaseInfo } from './release/release-info.ts';
import { signingKey } from './release/signing-key.ts';

// Makes the files of a release in dist/release, for all targets or those of --target. docs/releasing.md
// lists the variables that it reads.

const root = resolve(import.meta.dirname, '..');

function step(text: string): void {
  console.log(`release: ${text}`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { target: { type: 'string', multiple: true } } });
  const names = values.target ?? targets.map(({ name }) => name);
  // Before the builds, which take minutes.
  const key = signingKey(process.env);
  const info = await releaseInfo(root, process.env);
  const binaries: ReleaseBinary[] = [];
  for (const target of names.map(targetNamed)) {
    step(`binary of ${target.name}`);
    binaries.push(await releasedBinary(root, target));
  }
  const output = resolve(root, 'dist', 'release');
  await makeRelease({ info, binaries, key, builder: builderId(process.env), output, step });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`release: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
