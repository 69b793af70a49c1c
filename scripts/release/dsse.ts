import { createHash, sign } from 'node:crypto';
import type { SigningKey } from './signing-key.ts';

/** A signed message (https://github.com/secure-systems-lab/dsse/blob/master/envelope.md). */
export interface Envelope {
  readonly payloadType: string;
  /** In base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** Signs a message together with its type. */
export function signedEnvelope(key: SigningKey, payloadType: string, payload: Buffer): Envelope {
  const signature = sign(null, signedBytes(payloadType, payload), key.privateKey);
  const spki = key.publicKey.export({ format: 'der', type: 'spki' });
  return {
    payloadType,
    payload: payload.toString('base64'),
    signatures: [
      {
        keyid: createHash('sha256').update(spki).digest('hex'),
        sig: signature.toString('base64'),
      },
    ],
  };
}

/** What the signature covers: the lengths keep a type from being taken for the start of a message. */
export function signedBytes(payloadType: string, payload: Buffer): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
