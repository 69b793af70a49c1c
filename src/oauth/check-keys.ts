import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose';
import { jsonObject, textField } from '../http/json-body.ts';
import type { OutgoingRequest, Peer, Send } from '../http/message.ts';
import type { Secret } from '../secret.ts';
import { endpointUrl } from './endpoint.ts';

/**
 * Whether a token is signed by a key that its issuer publishes now: `signed`; `other-key`, the key
 * that its header names did not sign it; `unknown-key`, none of the keys has the token's `kid`;
 * `unreachable`, the keys could not be had.
 */
export type KeyCheck = 'signed' | 'other-key' | 'unknown-key' | 'unreachable';

/**
 * Asks an issuer for its keys (OpenID Connect Discovery 1.0, 4; RFC 7517) and holds a token against
 * them. Sends no secret. Never throws: it explains a failure and must not be another.
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

/** The same with the keys of a Dex, which are at `/keys` below its URL. */
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
    // Several keys and no kid in the header, or an algorithm that is not ours: nothing is known.
    return 'unreachable';
  }
}

function get(peer: Peer, url: string): OutgoingRequest {
  return { peer, method: 'GET', url, headers: [['accept', 'application/json']] };
}
