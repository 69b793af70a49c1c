import { createHash, sign } from 'node:crypto';
import type { SigningKey } from './signing-key.ts';

/**
 * A signature in the format of minisign, with the file hashed first, as minisign does it by default:
 * https://jedisct1.github.io/minisign/#signature-format
 * @param comment one line that the signature covers
 */
export function minisignSignature(key: SigningKey, file: Buffer, comment: string): string {
  const hash = createHash('blake2b512').update(file).digest();
  const signature = sign(null, hash, key.privateKey);
  const global = sign(null, Buffer.concat([signature, Buffer.from(comment)]), key.privateKey);
  const body = Buffer.concat([Buffer.from('ED'), keyId(key), signature]);
  return [
    `untrusted comment: signature of dexchange, verify it with minisign.pub`,
    body.toString('base64'),
    `trusted comment: ${comment}`,
    global.toString('base64'),
    '',
  ].join('\n');
}

/** The public key as minisign reads it. */
export function minisignPublicKey(key: SigningKey): string {
  const body = Buffer.concat([Buffer.from('Ed'), keyId(key), key.publicBytes]);
  return `untrusted comment: public key of dexchange releases\n${body.toString('base64')}\n`;
}

/** Minisign uses random ids; this one lets the same key always have the same id. */
function keyId({ publicBytes }: SigningKey): Buffer {
  return createHash('sha256').update(publicBytes).digest().subarray(0, 8);
}
