import { DexchangeError } from '../errors.ts';
import { sanitize } from '../sanitize.ts';
import type { ApiResponse, ClusterApi } from './api.ts';

/** What was asked, in words, and what to do if it may not be done or is not there. */
export interface Handout {
  /** Stands behind a verb: `create a token of ServiceAccount x`. */
  readonly what: string;
  readonly ifForbidden: string;
  readonly ifMissing: string;
}

/**
 * The error in an answer that is no success: 401 the credential, 403 the permission, 404 the thing
 * itself. The server's own words (`Status.message`) are kept, since they name user and resource.
 */
export function apiDenial(response: ApiResponse, api: ClusterApi, asked: Handout): DexchangeError {
  const { status } = response;
  const said = sanitize(statusMessage(response), { maxChars: 300 });
  const words = said === '' ? '' : `: ${said}`;
  switch (status) {
    case 401:
      return new DexchangeError(
        'api_unauthorized',
        `${api.server} does not accept the credential of context ${sanitize(api.context, { maxChars: 80 })} (401)`,
        {
          hint: 'it may have expired or been revoked: log in again, or name another context by --context',
        },
      );
    case 403:
      return new DexchangeError('api_forbidden', `may not ${asked.what}${words}`, {
        hint: asked.ifForbidden,
      });
    case 404:
      return new DexchangeError('api_missing', `cannot ${asked.what}${words || ': not found'}`, {
        hint: asked.ifMissing,
      });
    default:
      return new DexchangeError('api_refused', `cannot ${asked.what}: ${status}${words}`, {
        hint: `${api.server} gave this answer; is it a Kubernetes API?`,
      });
  }
}

function statusMessage({ json, text }: ApiResponse): string {
  const message = (json as { message?: unknown } | null | undefined)?.message;
  return typeof message === 'string' ? message : text;
}
