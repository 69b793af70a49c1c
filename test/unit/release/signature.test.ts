import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, verify } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sha256Of } from '../../../scripts/package/sha256.ts';
import { checksumsFile, checksumsText } from '../../../scripts/release/checksums.ts';
import { signatureFiles, signChecksums } from '../../../scripts/release/signature.ts';
import { signingKey } from '../../../scripts/release/signing-key.ts';
import { emptyFolder } from '../support/folder.ts';

function pemKey(type: 'ed25519' | 'ec'): string {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
}

async function signedFolder(pem: string): Promise<string> {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'b.txt'), 'b');
  writeFileSync(join(folder, 'a.txt'), 'a');
  const hashes = new Map<string, string>();
  for (const name of ['b.txt', 'a.txt']) hashes.set(name, await sha256Of(join(folder, name)));
  writeFileSync(join(folder, checksumsFile), checksumsText(hashes));
  const key = signingKey({ DEXCHANGE_SIGNING_KEY: pem });
  if (key === undefined) throw new Error('no key');
  await signChecksums(folder, '1.2.3', key);
  return folder;
}

test('sha256sum checks the files, and reports one that was changed', async () => {
  const folder = await signedFolder(pemKey('ed25519'));
  const check = (): { readonly status: number | null; readonly stdout: string } =>
    spawnSync('sha256sum', ['--check', checksumsFile], { cwd: folder, encoding: 'utf8' });
  expect(check()).toMatchObject({ status: 0, stdout: 'a.txt: OK\nb.txt: OK\n' });
  writeFileSync(join(folder, 'b.txt'), 'c');
  expect(check()).toMatchObject({ status: 1, stdout: 'a.txt: OK\nb.txt: FAILED\n' });
});

test('the raw signature is valid for the public key next to it', async () => {
  const folder = await signedFolder(pemKey('ed25519'));
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const content = read(checksumsFile);
  const key = read(signatureFiles.publicKey).toString();
  expect(verify(null, content, key, read(signatureFiles.raw))).toBe(true);
  content.writeUInt8(content.readUInt8(0) ^ 1, 0);
  expect(verify(null, content, key, read(signatureFiles.raw))).toBe(false);
});

test('the same key and files always have the same signatures', async () => {
  const pem = pemKey('ed25519');
  const [first, second] = [await signedFolder(pem), await signedFolder(pem)];
  for (const name of Object.values(signatureFiles)) {
    expect(readFileSync(join(second, name))).toEqual(readFileSync(join(first, name)));
  }
});

test('the key can be in a file, and without the variable there is none', () => {
  const file = join(emptyFolder(), 'key.pem');
  const pem = pemKey('ed25519');
  writeFileSync(file, pem);
  expect(signingKey({ DEXCHANGE_SIGNING_KEY: file })?.publicBytes).toEqual(
    signingKey({ DEXCHANGE_SIGNING_KEY: pem })?.publicBytes,
  );
  expect(signingKey({})).toBeUndefined();
  expect(signingKey({ DEXCHANGE_SIGNING_KEY: '' })).toBeUndefined();
});

test.each([
  ['a missing file', '/no/such/key.pem', 'neither a PEM private key nor an existing file'],
  ['a key of another type', pemKey('ec'), 'is a key of type ec, not ed25519'],
  ['a broken key', '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n', 'not an unencrypted PEM private key'],
])('%s is rejected without repeating it', (_, value, message) => {
  const attempt = (): unknown => signingKey({ DEXCHANGE_SIGNING_KEY: value });
  expect(attempt).toThrow(message);
  expect(attempt).not.toThrow(value);
});

test('openssl creates a key as the message says', () => {
  const file = join(emptyFolder(), 'signing-key.pem');
  execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', file], { stdio: 'ignore' });
  expect(signingKey({ DEXCHANGE_SIGNING_KEY: file })?.publicBytes).toHaveLength(32);
});
