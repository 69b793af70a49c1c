import { DexchangeError } from '../errors.ts';
import { isRecord } from '../json.ts';
import { reviewAccess } from '../kubernetes/access-review.ts';
import type { ApiResponse, KubernetesApi } from '../kubernetes/client/api.ts';
import { reviewSelf, type SelfReview } from '../kubernetes/self-review.ts';
import { quoteInput } from '../sanitize.ts';
import { versionOf } from './who-am-i.ts';

/**
 * Verifies a user name and password at the API: `/version` first, as the DKP guide *Access for
 * CI/CD* does with curl, then a SelfSubjectReview, since anonymous users may read `/version` on some
 * clusters. A denial is ambiguous: for wrong credentials the guide documents 401, but basic-auth-proxy
 * answers 403, and 401 if Basic Auth is off. The hint starts with the likelier cause: a 403 in JSON
 * comes from the API server, which has authenticated the user.
 * @returns the version of the API server, if known
 * @throws DexchangeError api_unauthorized, api_forbidden, api_refused, server_*
 */
export async function verifyBasicAuth(
  api: KubernetesApi,
  username: string,
): Promise<string | undefined> {
  const version = await api.send({ method: 'GET', path: '/version' });
  if (version.status !== 200) throw denial(version, api, username);
  const review = await reviewSelf(api);
  if (review.user !== undefined) {
    rejectSystemUser(review, review.user.username, api, username);
  } else if (review.status === 404) {
    await verifyByAccessReview(api, username);
  } else if (!isForbiddenToUser(review)) {
    throw denial(review, api, username);
  }
  return versionOf(version, api);
}

/** Rejects a user that no IdP can return: anonymous, or the account of a proxy. */
function rejectSystemUser(
  review: SelfReview,
  actual: string,
  api: KubernetesApi,
  username: string,
): void {
  if (actual === 'system:anonymous') throw denial({ ...review, status: 401 }, api, username);
  if (!actual.startsWith('system:')) return;
  throw new DexchangeError(
    'api_unauthorized',
    `${api.server} authenticates the caller as ${actual}, not as ${quoteInput(username, 80)}`,
    { hint: 'check whether a proxy in front of the API server uses its own credential' },
  );
}

/**
 * Verifies the user at an API server without SelfSubjectReview (before 1.28): anonymous users may not
 * create a SelfSubjectAccessReview either, and on another server it does not exist.
 */
async function verifyByAccessReview(api: KubernetesApi, username: string): Promise<void> {
  const access = { verb: 'get', group: '', resource: 'pods' };
  const { status, allowed, reason } = await reviewAccess(api, access);
  const isKnownUser = /User "/.test(reason) && !reason.includes('system:anonymous');
  if (allowed !== undefined || (status === 403 && isKnownUser)) return;
  throw denial({ status, json: undefined, message: reason }, api, username);
}

/** Whether RBAC denies the review to a user that the API server has authenticated. */
function isForbiddenToUser({ status, json, message }: SelfReview): boolean {
  return status === 403 && isStatus(json) && !message.includes('system:anonymous');
}

/** Whether a response is the API server's own (metav1.Status) and not a proxy's. */
function isStatus(json: unknown): boolean {
  return isRecord(json) && json['kind'] === 'Status';
}

function denial(
  { status, json, message }: Pick<ApiResponse, 'status' | 'json' | 'message'>,
  api: KubernetesApi,
  username: string,
): DexchangeError {
  const user = quoteInput(username, 80);
  // The API server denies an anonymous caller with 403, although it means 401.
  switch (message.includes('"system:anonymous"') ? 401 : status) {
    case 401:
      return new DexchangeError(
        'api_unauthorized',
        `${api.server} does not authenticate ${user} with this password (401)`,
        {
          hint: 'check with dexchange discover that a DexProvider has enableBasicAuth: true; if so, the user name or password is wrong',
        },
      );
    case 403: {
      const rbac = 'the password is right and RBAC does not allow the request';
      const wrong =
        'the user name or password is wrong, or the IdP does not allow the password grant';
      return new DexchangeError('api_forbidden', `${api.server} denies ${user} (403)`, {
        hint: isStatus(json)
          ? `grant access to the user: most likely ${rbac}; or ${wrong}`
          : `check user name and password: most likely ${wrong}; or ${rbac}`,
      });
    }
    default:
      return new DexchangeError(
        'api_refused',
        `${api.server} answers ${status} to ${user}${message === '' ? '' : `: ${message}`}`,
        {
          hint: 'check that the server is the published API of a cluster, and that no proxy or login page answers instead',
        },
      );
  }
}
