import { DexchangeError } from '../errors.ts';
import type { ClusterApi } from '../kubernetes/api.ts';
import { sanitize } from '../sanitize.ts';

/**
 * Asks the API for its version with user name and password, as the administrator's page does by
 * curl. A refusal has two readings, since the page and basic-auth-proxy disagree: the page takes 401
 * for wrong credentials, the proxy says 403 then and 401 where Basic Auth is off. The likelier one
 * comes first: a 403 in JSON is the API server's own, which has accepted the user.
 * @returns the version of the API server, if it told
 * @throws DexchangeError api_unauthorized, api_forbidden, api_refused, server_*
 */
export async function verifyBasicAuth(
  api: ClusterApi,
  username: string,
): Promise<string | undefined> {
  const { status, json, text } = await api.send({ method: 'GET', path: '/version' });
  const user = sanitize(username, { maxChars: 80 });
  switch (status) {
    case 200: {
      const version = (json as { gitVersion?: unknown } | undefined)?.gitVersion;
      return typeof version === 'string' ? sanitize(version, { maxChars: 40 }) : undefined;
    }
    case 401:
      throw new DexchangeError(
        'api_unauthorized',
        `${api.server} does not know ${user} by this password (401)`,
        {
          hint: 'either Basic Auth is off, since no DexProvider has enableBasicAuth (dexchange discover tells), or user name or password are wrong',
        },
      );
    case 403: {
      const rbac = 'the password is right, and RBAC does not allow the request: grant access';
      const wrong = 'user name or password are wrong, or the IdP does not allow the password grant';
      const fromApi = (json as { kind?: unknown } | undefined)?.kind === 'Status';
      const [first, second] = fromApi ? [rbac, wrong] : [wrong, rbac];
      throw new DexchangeError('api_forbidden', `${api.server} refuses ${user} (403)`, {
        hint: `most likely ${first}; or ${second}`,
      });
    }
    default:
      throw new DexchangeError(
        'api_refused',
        `${api.server} answers ${status} to ${user}: ${text}`,
        { hint: 'is it the published API of a cluster?' },
      );
  }
}
