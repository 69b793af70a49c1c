import { parseJsonObject } from '../json.ts';
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

/** Describes an unexpected body for an error, without repeating it. */
export function describeBody(response: IncomingResponse): string {
  if (response.body.trim() === '') return 'an empty body';
  if (/^\s*<(!doctype|html|\?xml)/i.test(response.body)) return 'an HTML page';
  return jsonObject(response) === undefined ? 'a body that is not a JSON object' : 'JSON';
}
