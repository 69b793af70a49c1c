import { DexchangeError } from '../../errors.ts';
import { quoteId } from '../../sanitize.ts';
import type { ApiResponse, KubernetesApi } from './api.ts';
import { isWebPage } from './foreign-body.ts';

/** A description of the denied operation, and hints. */
export interface Operation {
  /** The operation after `may not` or `cannot`: `create a token of ServiceAccount x`. */
  readonly what: string;
  /** The hint for 403. */
  readonly ifForbidden: string;
  /** The hint for 404. */
  readonly ifMissing: string;
}

/**
 * Converts an unsuccessful response to an error: 401 concerns the credential, 403 the permission, 404
 * the object. The message contains `Status.message`, because it names user and resource.
 */
export function apiDenial(
  { status, message }: ApiResponse,
  api: KubernetesApi,
  { what, ifForbidden, ifMissing }: Operation,
): DexchangeError {
  const reason = message === '' ? '' : `: ${message}`;
  switch (status) {
    case 401:
      return new DexchangeError(
        'api_unauthorized',
        `${api.server} does not accept the credential of context ${quoteId(api.context, 80)} (401)`,
        {
          hint: 'log in again, or set --context to another context: the credential may have expired or may have been revoked',
        },
      );
    case 403:
      return new DexchangeError('api_forbidden', `not allowed to ${what}${reason}`, {
        hint: ifForbidden,
      });
    case 404:
      if (isWebPage(message)) break;
      return new DexchangeError('api_missing', `cannot ${what}${reason || ': not found'}`, {
        hint: ifMissing,
      });
  }
  return new DexchangeError('api_refused', `cannot ${what}: ${status}${reason}`, {
    hint: `check that ${api.server} is a Kubernetes API, and that no proxy or login page answers instead`,
  });
}
