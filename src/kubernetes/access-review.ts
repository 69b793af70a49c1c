import { isRecord } from '../json.ts';
import type { KubernetesApi } from './client/api.ts';

/** An operation in the terms of a SelfSubjectAccessReview. */
export interface ResourceAccess {
  readonly verb: string;
  /** '' is the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Undefined means all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
}

/** The decision of the API server. */
export interface AccessDecision {
  readonly status: number;
  /** Undefined if the response does not contain a decision. */
  readonly allowed: boolean | undefined;
  /** The reason in the words of the server, or ''. */
  readonly reason: string;
}

/**
 * Requests whether the caller is allowed to do an operation (SelfSubjectAccessReview, authorization.k8s.io/v1).
 * @throws DexchangeError server_*, proxy_failed, url_insecure
 */
export async function reviewAccess(
  api: KubernetesApi,
  access: ResourceAccess,
): Promise<AccessDecision> {
  const { status, message, json } = await api.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: access },
    },
  });
  const result = isRecord(json) && isRecord(json['status']) ? json['status'] : {};
  const { allowed, reason } = result;
  return {
    status,
    allowed: typeof allowed === 'boolean' ? allowed : undefined,
    reason: typeof reason === 'string' && reason !== '' ? api.clean(reason) : message,
  };
}

/**
 * Parses a resource in the form of `kubectl auth can-i`: `pods`, `deployments.apps`, `pods/exec`.
 * @param namespace undefined means all namespaces
 */
export function resourceAccess(
  verb: string,
  resourceName: string,
  namespace: string | undefined,
): ResourceAccess {
  const [path = '', subresource] = resourceName.split('/');
  const [resource = '', ...group] = path.split('.');
  return {
    verb,
    resource,
    group: group.join('.'),
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
  };
}
