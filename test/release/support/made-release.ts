import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { targetNamed } from '../../../scripts/package/targets.ts';
import { builtBinary } from '../../../scripts/release/built-binary.ts';
import { makeRelease } from '../../../scripts/release/make-release.ts';
import type { ReleaseBinary } from '../../../scripts/release/release-binary.ts';
import { releaseInfo } from '../../../scripts/release/release-info.ts';
import { signingKey } from '../../../scripts/release/signing-key.ts';

/** A release that was made for the tests. */
export interface MadeRelease {
  /** The folder with its files. */
  readonly folder: string;
  readonly version: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    release: MadeRelease;
  }
}

/** Makes a release for Linux on x64 with a key for tests; returns a function that removes it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const root = resolve(import.meta.dirname, '../../..');
  await mkdir(join(root, 'dist'), { recursive: true });
  const parent = await mkdtemp(join(root, 'dist', '.test-release-'));
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const info = await releaseInfo(root, {
    DEXCHANGE_DOWNLOAD_URL: 'https://downloads.example.com/dexchange',
  });
  const binaries: ReleaseBinary[] = [];
  for (const name of ['linux-x64', 'linux-x64-libs']) {
    binaries.push(await builtBinary(root, targetNamed(name)));
  }
  const folder = join(parent, 'release');
  await makeRelease({
    // The tests also run before a commit.
    info: { ...info, changed: false },
    binaries,
    key: signingKey({ DEXCHANGE_SIGNING_KEY: pem }),
    builder: 'urn:dexchange:builder:test',
    output: folder,
    step: (text) => process.stderr.write(`release: ${text}\n`),
  });
  project.provide('release', { folder, version: info.version });
  return () => rm(parent, { recursive: true, force: true });
}
