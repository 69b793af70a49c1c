import { parseJsonObject } from '../json.ts';
import { redactionOf } from '../redaction.ts';
import { sanitize } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import type { IncomingResponse } from './message.ts';

/** The JSON object in a response body; undefined if the body is anything else. */
export function jsonObject(response: IncomingResponse): Record<string, unknown> | undefined {
  return parseJsonObject(response.body);
}

/** A text field of an untrusted JSON object; undefined if it is missing, empty or not a text. */
export function textField(object: Record<string, unknown>, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Whether a body is an HTML page, such as a login page or the error page of an ingress. */
export function isHtml(body: string): boolean {
  return /^\s*<(!doctype|html|\?xml)/i.test(body);
}

/**
 * Describes an unexpected body for an error, without repeating it, except for the title of an HTML
 * page, which tells whose page it is.
 * @param sent the secrets of the request, to be redacted from the title
 */
export function describeBody(response: IncomingResponse, sent: readonly Secret[]): string {
  if (response.body.trim() === '') return 'an empty body';
  if (isHtml(response.body)) {
    // Only a complete title, because of a secret that is cut in two the rest would stay.
    const start = response.body.slice(0, 10_000);
    const [, title = ''] = /<title[^>]*>([^<]{1,1000})<\/title/i.exec(start) ?? [];
    const text = sanitize(title, { maxChars: 60, redaction: redactionOf(sent) });
    return text === '' ? 'an HTML page' : `an HTML page titled "${text}"`;
  }
  return jsonObject(response) === undefined ? 'a body that is not a JSON object' : 'JSON';
}
