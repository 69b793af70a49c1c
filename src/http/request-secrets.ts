import { Secret } from '../secret.ts';
import type { OutgoingRequest } from './message.ts';

/**
 * All secrets in a request, to be redacted from whatever the server says: the values themselves,
 * the credentials of an Authorization header without their scheme, and Basic's password both as it
 * is sent and form-decoded (RFC 6749, 2.3.1).
 */
export function secretsIn(request: OutgoingRequest): readonly Secret[] {
  const fields = [...request.headers, ...(request.form ?? [])];
  return fields.flatMap(([name, value]) => {
    if (!(value instanceof Secret)) return [];
    return name.toLowerCase() === 'authorization' ? [value, ...credentialsIn(value)] : [value];
  });
}

function credentialsIn(authorization: Secret): readonly Secret[] {
  const [, scheme = '', credentials = ''] = /^(\S+) +(.*)$/.exec(authorization.reveal()) ?? [];
  const secrets = [new Secret(credentials)];
  if (scheme.toLowerCase() !== 'basic') return secrets;
  const pair = Buffer.from(credentials, 'base64').toString();
  const password = pair.slice(pair.indexOf(':') + 1);
  secrets.push(new Secret(password));
  const decoded = new URLSearchParams(`p=${password}`).get('p');
  if (decoded !== null && decoded !== password) secrets.push(new Secret(decoded));
  return secrets;
}
