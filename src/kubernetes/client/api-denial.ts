import { DexchangeError } from '../../errors.ts';
import { sanitize } from '../../sanitize.ts';
import type { ApiResponse, KubernetesApi } from './api.ts';

/** What was asked, in words, and what to do if it is forbidden or missing. */
export interface Operation {
  /** Reads well after a verb: `create a token of ServiceAccount x`. */
  readonly what: string;
  readonly ifForbidden: string;
  readonly ifMissing: string;
}

/**
 * The error in an answer that is not a success: 401 concerns the credential, 403 the permission,
 * 404 the object. The server's own words (`Status.message`) are kept, since they name user and
 * resource.
 */
export function apiDenial(
  { status, message }: ApiResponse,
  api: KubernetesApi,
  { what, ifForbidden, ifMissing }: Operation,
): DexchangeError {
  const words = message === '' ? '' : `: ${message}`;
  switch (status) {
    case 401:
      return new DexchangeError(
        'api_unauthorized',
        `${api.server} does not accept the credential of context ${sanitize(api.context, { maxChars: 80 })} (401)`,
        {
          hint: 'log in again, or name another context by --context: the credential may have expired or been revoked',
        },
      );
    case 403:
      return new DexchangeError('api_forbidden', `may not ${what}${words}`, { hint: ifForbidden });
    case 404:
      return new DexchangeError('api_missing', `cannot ${what}${words || ': not found'}`, {
        hint: ifMissing,
      });
    default:
      return new DexchangeError('api_refused', `cannot ${what}: ${status}${words}`, {
        hint: `check that ${api.server} is a Kubernetes API`,
      });
  }
}
