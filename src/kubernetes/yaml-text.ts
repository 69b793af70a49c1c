import type { Scalar } from 'yaml';
import { DexchangeError } from '../errors.ts';

/**
 * What YAML forbids, or what its readers take for the end of a line (U+0085, U+2028, U+2029), for a
 * byte order mark, or for half of a character (YAML 1.1, sections 5.1 and 5.4).
 */
export const unwritable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what YAML forbids
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Surrogate}/u;

/**
 * Rejects a value with a text that not every YAML reader reads as it is.
 * @param name names the value in the error: `the user ci`
 * @throws DexchangeError setting_invalid that names the field and the character, not the text
 */
export function checkYamlTexts(value: unknown, name: string): void {
  if (typeof value === 'string') {
    const [found] = unwritable.exec(value) ?? [];
    if (found === undefined) return;
    const point = found.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    throw new DexchangeError(
      'setting_invalid',
      `${name} contains the character U+${point}, which YAML cannot represent`,
      {
        hint: 'remove the character, or choose another value: it is invisible, and may come from copying',
      },
    );
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    checkYamlTexts(key, `a field of ${name}`);
    checkYamlTexts(item, Array.isArray(value) ? name : `${key} of ${name}`);
  }
}

/**
 * Replaces a value and keeps its comments; a tag, such as `!!timestamp`, and the place in the old text
 * belong to the old value.
 */
export function replaceText(scalar: Scalar, text: string): void {
  scalar.value = text;
  scalar.range = null;
  delete scalar.tag;
}
