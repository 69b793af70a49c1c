import { reveal, type Secret } from '../secret.ts';

/** Encodes text as application/x-www-form-urlencoded (WHATWG URL; RFC 6749, appendix B). */
export function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** Encodes a form as a request body; the result contains its secrets in clear text. */
export function encodeForm(
  form: readonly (readonly [name: string, value: string | Secret])[],
): string {
  return new URLSearchParams(
    form.map(([name, value]): [string, string] => [name, reveal(value)]),
  ).toString();
}
