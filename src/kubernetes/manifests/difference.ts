import { isRecord, parseJsonObject } from '../../json.ts';
import { field } from '../object-fields.ts';
import { unusedPrefix } from './dex-provider.ts';
import type { Manifest } from './manifest.ts';

/** A field that applying a manifest would change. */
export interface FieldChange {
  /** The path of the field: `spec.oidc.issuer`. */
  readonly field: string;
  /** Undefined if the field is not set. Secrets are never in here. */
  readonly from: unknown;
  /** Undefined if the field would be removed. */
  readonly to: unknown;
}

/** What is in the place of a secret. */
export const hiddenValue = '(not shown)';

/** What is in the place of a value that token exchange does not use. */
export const unusedText = '(random, unused)';

/**
 * The fields of an existing object that `kubectl apply` of a manifest would change. Fields that only
 * the object has stay as they are, except those of the last apply that the manifest no longer has.
 */
export function fieldChanges(wanted: Manifest, existing: unknown): readonly FieldChange[] {
  const wantedFields = fieldsOf(wanted);
  const existingFields = fieldsOf(existing);
  const changes: FieldChange[] = [];
  for (const [field, to] of wantedFields) {
    const from = existingFields.get(field);
    if (!isSame(to, from)) changes.push(change(field, from, to));
  }
  for (const field of fieldsOf(lastApplied(existing)).keys()) {
    const from = existingFields.get(field);
    if (from !== undefined && !wantedFields.has(field))
      changes.push(change(field, from, undefined));
  }
  return changes;
}

/**
 * Why the API server would reject the change, and what to do; undefined if nothing is known to be in
 * the way.
 */
export function obstacle(wanted: Manifest, existing: unknown): string | undefined {
  if (fieldChanges(wanted, existing).some(({ field }) => field.startsWith('roleRef.'))) {
    return 'roleRef cannot be changed: delete the binding first, or set --rule-name to another name';
  }
  if (wanted.kind !== 'DexProvider') return undefined;
  // The schema allows one of them, and apply removes only what an earlier apply has set.
  const rest = Object.keys(record(field(existing, 'spec'))).find(
    (key) =>
      ['github', 'gitlab', 'bitbucketCloud', 'crowd', 'ldap'].includes(key) &&
      !(key in record(field(lastApplied(existing), 'spec'))),
  );
  if (rest === undefined) return undefined;
  return `spec.${rest} would stay beside spec.oidc, and the schema allows only one: delete the DexProvider first, or set --connector-id to another name`;
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

function lastApplied(existing: unknown): unknown {
  const text = field(existing, 'metadata', 'annotations', lastAppliedAnnotation);
  return typeof text === 'string' ? parseJsonObject(text) : undefined;
}

/** The texts, numbers, switches and lists of an object, by path. */
function fieldsOf(object: unknown): ReadonlyMap<string, unknown> {
  const fields = new Map<string, unknown>();
  const visit = (value: unknown, path: string): void => {
    if (!isRecord(value)) {
      fields.set(path, value);
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      visit(item, path === '' ? key : /[./]/.test(key) ? `${path}["${key}"]` : `${path}.${key}`);
    }
  };
  visit(object, '');
  for (const field of ['', 'kind', 'apiVersion', 'metadata.name', 'metadata.namespace']) {
    fields.delete(field);
  }
  return fields;
}

/** Whether the server has a value already; it may have added fields to the items of a list. */
function isSame(wanted: unknown, existing: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(existing) &&
      wanted.length === existing.length &&
      wanted.every((item, index) => isSame(item, existing[index]))
    );
  }
  if (isRecord(wanted)) {
    return (
      isRecord(existing) &&
      Object.entries(wanted).every(([key, item]) => isSame(item, existing[key]))
    );
  }
  return wanted === existing || (isUnused(wanted) && isUnused(existing));
}

function isUnused(value: unknown): boolean {
  return typeof value === 'string' && (value.startsWith(unusedPrefix) || value === 'unused');
}

function change(field: string, from: unknown, to: unknown): FieldChange {
  // By its name, because a field that goes can be of any type of provider, such as bindPW of LDAP.
  const hidden = /secret|password|bindPW|token/i.test(field.split('.').at(-1) ?? '');
  const shown = (value: unknown): unknown => {
    if (value === undefined) return undefined;
    if (isUnused(value)) return unusedText;
    return hidden ? hiddenValue : value;
  };
  return { field, from: shown(from), to: shown(to) };
}
