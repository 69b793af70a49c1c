import { formEncode } from '../http/form.ts';
import { Secret } from '../secret.ts';

/**
 * The value of an `Authorization: Basic` header for a client. Both parts are form-urlencoded
 * before they are joined (RFC 6749, 2.3.1): Dex decodes them, so a raw `+`, `%` or `:` would be
 * read as another secret and answered with 401 invalid_client.
 */
export function basicAuthorization(clientId: string, clientSecret: Secret): Secret {
  const pair = `${formEncode(clientId)}:${formEncode(clientSecret.reveal())}`;
  return new Secret(`Basic ${Buffer.from(pair, 'latin1').toString('base64')}`);
}
