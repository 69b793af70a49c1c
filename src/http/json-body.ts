import { parseJsonObject } from '../json.ts';
import type { IncomingResponse } from './message.ts';

/** The JSON object in a response body, or undefined if it holds anything else. */
export function jsonObject(response: IncomingResponse): Record<string, unknown> | undefined {
  return parseJsonObject(response.body);
}

/** A text field of an untrusted JSON object; empty and other types count as absent. */
export function textField(object: Record<string, unknown>, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What kind of thing a body is that is not the JSON we wanted, in words for an error. */
export function describeBody(response: IncomingResponse): string {
  if (response.body.trim() === '') return 'an empty body';
  if (/^\s*<(!doctype|html|\?xml)/i.test(response.body)) return 'an HTML page';
  return jsonObject(response) === undefined ? 'a body that is not a JSON object' : 'JSON';
}
