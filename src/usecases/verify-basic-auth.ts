import { DexchangeError } from '../errors.ts';
import { isKubernetesStatus } from '../http/kubernetes-status.ts';
import { reviewAccess } from '../kubernetes/access-review.ts';
import type { ApiResponse, KubernetesApi } from '../kubernetes/client/api.ts';
import { reviewSelf, type SelfReview } from '../kubernetes/self-review.ts';
import { quoteInput } from '../sanitize.ts';
import { versionOf } from './who-am-i.ts';

/** Who a user name and password are to the API server. */
export interface VerifiedUser {
  /** The version of the API server, if known. */
  readonly version: string | undefined;
  /** The name of the user at the API server; undefined if it does not tell. */
  readonly username: string | undefined;
  readonly groups: readonly string[];
}

/**
 * Verifies a user name and password at the API: `/version` first, as the DKP guide *Access for
 * CI/CD* does with curl, then a SelfSubjectReview, since anonymous users may read `/version` on some
 * clusters. A denial is ambiguous: for wrong credentials the guide documents 401, but basic-auth-proxy
 * answers 403, and 401 if Basic Auth is off. The hint starts with the likelier cause: a 403 in JSON
 * comes from the API server, which has authenticated the user.
 * @param discover the command that shows the DexProviders of the cluster, for a hint
 * @throws DexchangeError api_unauthorized, api_forbidden, api_refused, server_*
 */
export async function verifyBasicAuth(
  api: KubernetesApi,
  username: string,
  discover = 'dexchange discover',
): Promise<VerifiedUser> {
  const caller = { username, discover };
  const response = await api.send({ method: 'GET', path: '/version' });
  if (response.status !== 200) throw denial(response, api, caller);
  const version = versionOf(response, api);
  const review = await reviewSelf(api);
  if (review.user !== undefined) {
    rejectSystemUser(review.user.username, api, caller);
    return { version, ...review.user };
  }
  if (review.status === 404) {
    const reason = await verifyByAccessReview(api, caller);
    return { version, username: userIn(reason), groups: [] };
  }
  if (!isForbiddenToUser(review)) throw denial(review, api, caller);
  return { version, username: userIn(review.message), groups: [] };
}

/** The caller of `--verify`. */
interface Caller {
  readonly username: string;
  readonly discover: string;
}

/** The user that a denial of RBAC names: `User "jane" cannot create resource`. */
function userIn(reason: string): string | undefined {
  return /User "([^"]+)"/.exec(reason)?.[1];
}

/** Rejects a user that no IdP can return: anonymous, or the account of a proxy. */
function rejectSystemUser(actual: string, api: KubernetesApi, caller: Caller): void {
  if (actual === 'system:anonymous') throw passwordIgnored(api, caller.username);
  if (!actual.startsWith('system:')) return;
  throw new DexchangeError(
    'api_unauthorized',
    `${api.server} authenticates the caller as ${actual}, not as ${quoteInput(caller.username, 80)}`,
    { hint: 'check whether a proxy in front of the API server uses its own credential' },
  );
}

/**
 * Verifies the user at an API server without SelfSubjectReview (before 1.28): anonymous users may not
 * create a SelfSubjectAccessReview either, and on another server it does not exist.
 * @returns the reason of the API server for its decision
 */
async function verifyByAccessReview(api: KubernetesApi, caller: Caller): Promise<string> {
  const access = { verb: 'get', group: '', resource: 'pods' };
  const { status, allowed, reason } = await reviewAccess(api, access);
  const isKnownUser = /User "/.test(reason) && !reason.includes('system:anonymous');
  if (allowed !== undefined || (status === 403 && isKnownUser)) return reason;
  throw denial({ status, json: undefined, message: reason }, api, caller);
}

/** Whether RBAC denies the review to a user that the API server has authenticated. */
function isForbiddenToUser({ status, json, message }: SelfReview): boolean {
  return status === 403 && isKubernetesStatus(json) && !message.includes('system:anonymous');
}

function denial(
  { status, json, message }: Pick<ApiResponse, 'status' | 'json' | 'message'>,
  api: KubernetesApi,
  { username, discover }: Caller,
): DexchangeError {
  const user = quoteInput(username, 80);
  // The API server denies an anonymous caller with 403, although it means 401.
  if (message.includes('"system:anonymous"')) return passwordIgnored(api, username);
  switch (status) {
    case 401:
      if (isKubernetesStatus(json)) return passwordIgnored(api, username);
      return new DexchangeError(
        'api_unauthorized',
        `${api.server} does not authenticate ${user} with this password (401)`,
        {
          hint: `check with \`${discover}\` that a DexProvider has enableBasicAuth: true; if so, the user name or password is wrong`,
        },
      );
    case 403: {
      const rbac = 'the password is right and RBAC does not allow the request';
      const wrong =
        'the user name or password is wrong, or the IdP does not allow the password grant';
      return new DexchangeError('api_forbidden', `${api.server} denies ${user} (403)`, {
        hint: isKubernetesStatus(json)
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

/** The error if kube-apiserver itself answered: it has no passwords, and basic-auth-proxy lets none through. */
function passwordIgnored(api: KubernetesApi, username: string): DexchangeError {
  return new DexchangeError(
    'api_unauthorized',
    `${api.server} does not authenticate ${quoteInput(username, 80)} with this password (401)`,
    {
      hint: 'set --server to the published API (publishAPI): this is the address of the API server itself, which ignores passwords, or a proxy drops the Authorization header',
    },
  );
}
