import { DexchangeError } from '../errors.ts';
import { quoteId } from '../sanitize.ts';

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const labelOnly = new RegExp(`^${label}$`);
const subdomain = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`);

/**
 * Checks the name of a namespace (RFC 1123 label, at most 63 characters) and returns it.
 * @param origin where the name comes from, named in the error: `--namespace`
 * @throws DexchangeError setting_invalid
 */
export function namespaceName(name: string, origin: string): string {
  if (labelOnly.test(name)) return name;
  throw invalid(
    origin,
    name,
    'the name of a namespace',
    'use lower-case letters, digits and dashes, at most 63 characters',
  );
}

/**
 * Checks the name of most other objects (RFC 1123 subdomain, at most 253 characters) and returns
 * it.
 * @param origin where the name comes from, named in the error: `--service-account`
 * @throws DexchangeError setting_invalid
 */
export function objectName(name: string, origin: string): string {
  if (subdomain.test(name)) return name;
  throw invalid(
    origin,
    name,
    'the name of a Kubernetes object',
    'use lower-case letters, digits, dashes and dots, at most 253 characters',
  );
}

/**
 * Checks the name of a ClusterRole or a binding (any path segment, such as `d8:manage:all:manager`)
 * and returns it.
 * @param origin where the name comes from, named in the error: `--clusterrole`
 * @throws DexchangeError setting_invalid
 */
export function roleName(name: string, origin: string): string {
  if (/^[^/%\s\p{C}]{1,253}$/u.test(name) && name !== '.' && name !== '..') return name;
  throw invalid(origin, name, 'the name of a role', 'use no spaces, slashes or percent signs');
}

/**
 * Checks the name of a user or group of an identity provider and returns it. Kubernetes accepts any
 * text, but Deckhouse's API server rejects tokens with users or groups that start with `system:`,
 * so a grant to one would have no effect. RBAC and `allowedGroups` compare names exactly, so a
 * pattern would have none, either.
 * @param origin where the name comes from, named in the error: `--user`
 * @throws DexchangeError setting_invalid
 */
export function subjectName(name: string, origin: string): string {
  if (name.trim() === '' || /\p{C}/u.test(name)) {
    throw invalid(origin, name, 'a user or group', 'use the name exactly as in the token');
  }
  if (name.includes('*')) {
    throw invalid(
      origin,
      name,
      'a pattern',
      'use whole names, which are compared exactly; to grant access to all projects of an organization, use --group',
    );
  }
  if (!name.startsWith('system:')) return name;
  throw invalid(
    origin,
    name,
    'a user or group of an IdP',
    'use another name: the API server rejects names that start with system:',
  );
}

/**
 * Checks the name of a claim and returns it. Deckhouse copies it without quotes into the YAML of Dex's
 * configuration, which a name with other characters, or one that YAML does not take for a text, breaks
 * for the whole cluster.
 * @param origin where the name comes from, named in the error: `--groups-claim`
 * @throws DexchangeError setting_invalid
 */
export function claimName(name: string, origin: string): string {
  const isText = !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(name);
  if (isText && /^[a-z_](?:[\w./:-]{0,252}[\w/-])?$/i.test(name)) return name;
  throw invalid(
    origin,
    name,
    'the name of a claim',
    'use the name as in the token: letters, digits, and _ . / : - between them',
  );
}

function invalid(origin: string, name: string, kind: string, hint: string): DexchangeError {
  return new DexchangeError('setting_invalid', `${origin} ${quoteId(name, 80)} cannot be ${kind}`, {
    hint,
  });
}
