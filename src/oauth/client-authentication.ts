import { formEncode } from '../http/form.ts';
import { Secret } from '../secret.ts';

/**
 * The `Authorization: Basic` header value of a client. ID and secret are form-urlencoded before
 * they are joined (RFC 6749, section 2.3.1). Dex decodes both, so with a raw `+`, `%` or `:` it
 * would read another secret and return 401 invalid_client.
 */
export function basicAuthorization(clientId: string, clientSecret: Secret): Secret {
  const pair = `${formEncode(clientId)}:${formEncode(clientSecret.reveal())}`;
  return new Secret(`Basic ${Buffer.from(pair, 'latin1').toString('base64')}`);
}
