import { reveal, type Secret } from '../secret.ts';

/** Text as application/x-www-form-urlencoded has it (WHATWG URL; RFC 6749, appendix B). */
export function formEncode(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** A whole form as it goes over the wire; the result holds its secrets in the clear. */
export function encodeForm(
  form: readonly (readonly [name: string, value: string | Secret])[],
): string {
  return new URLSearchParams(
    form.map(([name, value]): [string, string] => [name, reveal(value)]),
  ).toString();
}
