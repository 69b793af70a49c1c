import { DexchangeError } from '../../errors.ts';
import { isRecord } from '../../json.ts';
import { quoteInput, quotePath } from '../../sanitize.ts';
import { base64Bytes } from './yaml-scalar.ts';

/** Where in a file a value is. */
export interface Place {
  readonly file: string;
  /** `users[0].user.token`; empty for the file itself. */
  readonly path: string;
}

/** A value, and where it is. The readers below take what Go's encoding/json takes for their type. */
export interface Field extends Place {
  readonly value: unknown;
}

/** A member of an object; its value is undefined if it is missing. Names are case-sensitive. */
export function member({ file, path, value }: Field, name: string): Field {
  const at = path === '' ? name : `${path}.${name}`;
  const found = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  return { file, path: at, value: found };
}

/**
 * Checks that a value is an object or missing.
 * @throws DexchangeError kubeconfig_invalid
 */
export function object(field: Field): Field {
  if (isMissing(field) || isRecord(field.value)) return field;
  throw wrongType(field, 'a mapping');
}

/**
 * A string; empty if it is missing or null.
 * @throws DexchangeError kubeconfig_invalid
 */
export function text(field: Field): string {
  if (isMissing(field)) return '';
  if (typeof field.value === 'string') return field.value;
  throw wrongType(field, 'a string');
}

/**
 * A boolean; false if it is missing or null.
 * @throws DexchangeError kubeconfig_invalid
 */
export function flag(field: Field): boolean {
  if (isMissing(field)) return false;
  if (typeof field.value === 'boolean') return field.value;
  throw wrongType(field, 'true or false');
}

/**
 * The bytes of a base64 string; empty if it is missing or null.
 * @throws DexchangeError kubeconfig_invalid
 */
export function bytes(field: Field): Buffer {
  const decoded = base64Bytes(text(field));
  if (decoded !== undefined) return decoded;
  throw new DexchangeError('kubeconfig_invalid', `${placeOf(field)} is not base64`, {
    hint: 'encode the content of the file with base64, padding included, or name the file instead',
  });
}

/**
 * The items of a list; none if it is missing or null.
 * @throws DexchangeError kubeconfig_invalid
 */
export function items(field: Field): readonly Field[] {
  if (isMissing(field)) return [];
  const { file, path, value } = field;
  if (!Array.isArray(value)) throw wrongType(field, 'a list');
  return value.map((item, index) => ({ file, path: `${path}[${index}]`, value: item }));
}

/**
 * The members of an object by name; none if it is missing or null.
 * @throws DexchangeError kubeconfig_invalid
 */
export function members(field: Field): readonly (readonly [string, Field])[] {
  const { value } = object(field);
  return Object.keys(isRecord(value) ? value : {}).map((name) => [name, member(field, name)]);
}

/** A place as messages name it. */
export function placeOf({ file, path }: Place): string {
  const shown = quotePath(file);
  return path === '' ? shown : `${shown}: ${quoteInput(path, 120)}`;
}

function isMissing({ value }: Field): boolean {
  return value === undefined || value === null;
}

function wrongType(field: Field, expected: string): DexchangeError {
  const { value } = field;
  const actual = Array.isArray(value)
    ? 'a list'
    : isRecord(value)
      ? 'a mapping'
      : typeof value === 'string'
        ? 'a string'
        : `a ${typeof value}`;
  return new DexchangeError(
    'kubeconfig_invalid',
    `${placeOf(field)} must be ${expected}, not ${actual}`,
    {
      hint:
        expected === 'a string' && actual !== 'a list' && actual !== 'a mapping'
          ? 'put the value in quotes'
          : 'correct it: kubectl rejects this file too',
    },
  );
}
