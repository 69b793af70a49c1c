import { isScalar, Scalar } from 'yaml';
import { DexchangeError } from '../errors.ts';
import { resolveScalar } from './kubeconfig/yaml-scalar.ts';

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
 * Quotes a text that a reader of YAML 1.1 or 1.2 could take for something else, in any of the ways
 * that exist: yaml.v2 of kubectl, PyYAML (`=` and `<<` are not text), YAML 1.2 (`0o7`).
 */
export function quoteAmbiguous(node: unknown): void {
  if (!isScalar(node) || typeof node.value !== 'string') return;
  const text = node.value;
  const isText = typeof resolveScalar(undefined, text, () => text as never) === 'string';
  // PyYAML ends a plain key at a tab.
  if (isText && !/^(?:[\d.+~=-]|<<|[yn]$)|\t/i.test(text)) return;
  node.type = Scalar.QUOTE_DOUBLE;
}

/** Replaces a value and keeps its comments; a tag, such as `!!timestamp`, belongs to the old value. */
export function replaceText(scalar: Scalar, text: string): void {
  scalar.value = text;
  delete scalar.tag;
}
