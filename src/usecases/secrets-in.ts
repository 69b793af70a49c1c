import type { OutgoingRequest } from '../http/message.ts';
import { Secret } from '../secret.ts';

/** All secrets in a request, to be redacted from whatever the server says to it. */
export function secretsIn(request: OutgoingRequest): readonly Secret[] {
  return [...request.headers, ...(request.form ?? [])].flatMap(([, value]) =>
    value instanceof Secret ? [value] : [],
  );
}
