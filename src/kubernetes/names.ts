import { DexchangeError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const labelOnly = new RegExp(`^${label}$`);
const subdomain = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);

/**
 * A name of a namespace (RFC 1123 label, at most 63 characters).
 * @param what names it in the error: `--namespace`
 * @throws DexchangeError setting_invalid
 */
export function namespaceName(name: string, what: string): string {
  if (labelOnly.test(name)) return name;
  throw invalid(
    what,
    name,
    'a namespace',
    'lower case letters, digits and dashes, at most 63 characters',
  );
}

/**
 * A name of most other objects (RFC 1123 subdomain, at most 253 characters).
 * @param what names it in the error: `--service-account`
 * @throws DexchangeError setting_invalid
 */
export function objectName(name: string, what: string): string {
  if (subdomain.test(name)) return name;
  throw invalid(
    what,
    name,
    'a name in Kubernetes',
    'lower case letters, digits, dashes and dots, at most 253 characters',
  );
}

/**
 * A name of a ClusterRole or a binding: anything that can stand in a path (`d8:manage:all:manager`).
 * @throws DexchangeError setting_invalid
 */
export function roleName(name: string, what: string): string {
  if (/^[^/%\s\p{C}]{1,253}$/u.test(name) && name !== '.' && name !== '..') return name;
  throw invalid(what, name, 'a name of a role', 'anything but spaces, slashes and percent signs');
}

/**
 * A user or group as it stands in the token. Kubernetes takes any text; the API server of Deckhouse
 * refuses users and groups that begin with `system:`, so granting them something could only mislead.
 * @throws DexchangeError setting_invalid
 */
export function subjectName(name: string, what: string): string {
  if (name.trim() === '' || /\p{C}/u.test(name)) {
    throw invalid(what, name, 'a user or group', 'write it as it stands in the token');
  }
  if (!name.startsWith('system:')) return name;
  throw invalid(
    what,
    name,
    'a user or group of an IdP',
    'the API server refuses names that begin with system:',
  );
}

function invalid(what: string, name: string, kind: string, hint: string): DexchangeError {
  return new DexchangeError(
    'setting_invalid',
    `${what} ${sanitize(name, { maxChars: 80 })} cannot be ${kind}`,
    { hint },
  );
}
