import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose';
import { jsonObject, textField } from '../http/json-body.ts';
import type { OutgoingRequest, Peer, Send } from '../http/message.ts';
import type { Secret } from '../secret.ts';
import { endpointUrl } from './endpoint.ts';

/**
 * Whether a key that the issuer currently publishes signed the token. `signed`: yes; `other-key`:
 * the key with the token's `kid` did not sign it; `unknown-key`: no key has the token's `kid`;
 * `unreachable`: the keys could not be fetched or do not allow a verdict.
 */
export type KeyCheck = 'signed' | 'other-key' | 'unknown-key' | 'unreachable';

/**
 * Fetches the keys of an issuer (OpenID Connect Discovery 1.0, section 4; RFC 7517) and verifies a
 * token's signature with them. Sends no secret. Never throws, because it only explains a failure.
 */
export async function checkIssuerKeys(
  issuer: string,
  token: Secret,
  send: Send,
): Promise<KeyCheck> {
  if (!URL.canParse(issuer)) return 'unreachable';
  const document = endpointUrl(issuer, '.well-known/openid-configuration');
  try {
    const metadata = jsonObject(await send(get('idp', document))) ?? {};
    const keys = textField(metadata, 'jwks_uri');
    return keys === undefined ? 'unreachable' : await checkKeys('idp', keys, token, send);
  } catch {
    return 'unreachable';
  }
}

/**
 * Verifies a token's signature with the keys of Dex, which publishes them at `/keys`. Never throws.
 */
export async function checkDexKeys(dexUrl: string, token: Secret, send: Send): Promise<KeyCheck> {
  try {
    return await checkKeys('dex', endpointUrl(dexUrl, 'keys'), token, send);
  } catch {
    return 'unreachable';
  }
}

async function checkKeys(peer: Peer, url: string, token: Secret, send: Send): Promise<KeyCheck> {
  const response = await send(get(peer, url));
  const keys = jsonObject(response);
  if (response.status !== 200 || !Array.isArray(keys?.['keys'])) return 'unreachable';
  try {
    await compactVerify(token.reveal(), createLocalJWKSet(keys as unknown as JSONWebKeySet));
    return 'signed';
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'unknown-key';
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'other-key';
    // Several keys but no kid in the header, or an algorithm that jose does not support: no
    // verdict.
    return 'unreachable';
  }
}

function get(peer: Peer, url: string): OutgoingRequest {
  return { peer, method: 'GET', url, headers: [['accept', 'application/json']] };
}
