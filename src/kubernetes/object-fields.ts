import { isRecord } from '../json.ts';

/** A field of an object that a server sent; undefined if there is none. */
export function field(object: unknown, ...path: readonly string[]): unknown {
  return path.reduce((value, key) => (isRecord(value) ? value[key] : undefined), object);
}

/** The items of a list object. */
export function items(object: unknown): readonly unknown[] {
  return list(field(object, 'items'));
}

/** A value as a list; empty if it is none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A value as a text; undefined if it is none. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
