import { Secret } from '../secret.ts';
import type { OutgoingRequest } from './message.ts';

/**
 * All secrets in a request, to be redacted from whatever the server says. The redaction also knows
 * the credentials of an Authorization header without their scheme, and Basic's password.
 */
export function secretsIn(request: OutgoingRequest): readonly Secret[] {
  return [...request.headers, ...(request.form ?? [])].flatMap(([, value]) =>
    value instanceof Secret ? [value] : [],
  );
}
