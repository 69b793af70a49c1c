import { sign } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checksumsFile } from './checksums.ts';
import { minisignPublicKey, minisignSignature } from './minisign.ts';
import type { SigningKey } from './signing-key.ts';

/** The files that signing adds to a release. */
export const signatureFiles = {
  /** Raw Ed25519 signature, for openssl. */
  raw: `${checksumsFile}.sig`,
  minisign: `${checksumsFile}.minisig`,
  publicKey: 'signing-key.pub.pem',
  minisignPublicKey: 'minisign.pub',
} as const;

/** Signs checksums.txt in a folder, and puts the public key next to it. */
export async function signChecksums(
  folder: string,
  version: string,
  key: SigningKey,
): Promise<void> {
  const content = await readFile(join(folder, checksumsFile));
  const write = (name: string, text: string | Buffer): Promise<void> =>
    writeFile(join(folder, name), text);
  await write(signatureFiles.raw, sign(null, content, key.privateKey));
  const comment = `${checksumsFile} of dexchange ${version}`;
  await write(signatureFiles.minisign, minisignSignature(key, content, comment));
  await write(signatureFiles.publicKey, key.publicKey.export({ format: 'pem', type: 'spki' }));
  await write(signatureFiles.minisignPublicKey, minisignPublicKey(key));
}
