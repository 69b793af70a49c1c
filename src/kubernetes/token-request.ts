import { DexchangeError } from '../errors.ts';
import { audiences, decodeJwt, numericDate } from '../jwt.ts';
import { sanitize } from '../sanitize.ts';
import { Secret } from '../secret.ts';
import type { ApiRequest, ApiResponse, KubernetesApi } from './client/api.ts';
import { apiDenial } from './client/api-denial.ts';

/** The parameters of a token of a ServiceAccount. */
export interface TokenSpec {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Undefined means the default audience of the API server. */
  readonly audience: string | undefined;
  /** Undefined means the default of the API server, usually an hour. The minimum is 10 minutes. */
  readonly durationMs: number | undefined;
}

/** A token, and its remaining life in milliseconds by the clock of the server. */
export interface ServiceAccountToken {
  readonly token: Secret;
  readonly remainingMs: number;
}

/** Builds a TokenRequest (authentication.k8s.io/v1). */
export function buildTokenRequest(spec: TokenSpec): ApiRequest {
  const { namespace, serviceAccount, audience, durationMs } = spec;
  return {
    method: 'POST',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(serviceAccount)}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        ...(audience === undefined ? {} : { audiences: [audience] }),
        ...(durationMs === undefined ? {} : { expirationSeconds: Math.ceil(durationMs / 1000) }),
      },
    },
  };
}

/**
 * Validates the response to a TokenRequest.
 * @param localNowMs local time of the response, in milliseconds since the epoch
 * @throws DexchangeError api_* for a denial; server_nonsense, token_* for an invalid response
 */
export function readTokenRequest(
  response: ApiResponse,
  spec: TokenSpec,
  api: KubernetesApi,
  localNowMs: number,
): ServiceAccountToken {
  if (response.status !== 201 && response.status !== 200) throw denial(response, spec, api);
  const status = (response.json as { status?: { token?: unknown } } | undefined)?.status;
  const token = status?.token;
  const claims = typeof token === 'string' ? decodeJwt(token)?.claims : undefined;
  if (typeof token !== 'string' || claims === undefined) {
    throw new DexchangeError(
      'server_nonsense',
      `${api.server} answered a TokenRequest without a token`,
      { hint: 'check that the server of the context is a Kubernetes API' },
    );
  }
  const exp = numericDate(claims, 'exp');
  if (exp === undefined) {
    throw new DexchangeError(
      'token_without_expiry',
      'the token has no exp claim that is a time in seconds',
      {
        hint: 'check that the server of the context is a Kubernetes API',
      },
    );
  }
  if (spec.audience !== undefined && !audiences(claims).includes(spec.audience)) {
    throw new DexchangeError(
      'token_wrong_audience',
      `the token is for ${api.clean(audiences(claims).join(', '))}, not for ${sanitize(spec.audience)}`,
      { hint: 'check --audience against the api-audiences of the API server' },
    );
  }
  const iat = numericDate(claims, 'iat') ?? Number.NEGATIVE_INFINITY;
  // Without a Date header the local clock decides; the time from iat to exp is the upper limit.
  const remainingMs = Math.min(exp * 1000 - (response.dateMs ?? localNowMs), (exp - iat) * 1000);
  if (remainingMs <= 0) {
    throw new DexchangeError('token_expired', 'the API server issued a token that has expired', {
      hint:
        response.dateMs === undefined
          ? 'check the clocks of this machine and of the API server'
          : 'check the clock of the API server',
    });
  }
  // Date and iat are rounded down to seconds, so the time of the server can be up to a second later.
  return { token: new Secret(token), remainingMs: Math.max(1, remainingMs - 1000) };
}

function denial(response: ApiResponse, spec: TokenSpec, api: KubernetesApi): DexchangeError {
  const { namespace, serviceAccount } = spec;
  const name = sanitize(`${namespace}/${serviceAccount}`);
  return apiDenial(response, api, {
    what: `create a token of ServiceAccount ${name}`,
    ifForbidden: `ask a cluster administrator to run: kubectl -n ${namespace} create role ${serviceAccount}-token --verb=create --resource=serviceaccounts/token --resource-name=${serviceAccount}, and to bind it to the user`,
    ifMissing: `create the ServiceAccount: dexchange manifests service-account -n ${namespace} --service-account ${serviceAccount} | kubectl apply -f -`,
  });
}
