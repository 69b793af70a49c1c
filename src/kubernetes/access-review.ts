import { isRecord } from '../json.ts';
import type { KubernetesApi } from './client/api.ts';

/** What the caller may or may not do, as a SelfSubjectAccessReview names it. */
export interface ResourceAccess {
  readonly verb: string;
  /** '' is the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Absent asks for all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
}

/** What the API server says to the question. */
export interface AccessAnswer {
  readonly status: number;
  /** Undefined if the answer does not say. */
  readonly allowed: boolean | undefined;
  /** Why, in the server's words, or ''. */
  readonly reason: string;
}

/**
 * Asks whether the caller may do something (SelfSubjectAccessReview, authorization.k8s.io/v1).
 * @throws DexchangeError server_*, proxy_failed, url_insecure
 */
export async function reviewAccess(
  api: KubernetesApi,
  access: ResourceAccess,
): Promise<AccessAnswer> {
  const { status, message, json } = await api.send({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: access },
    },
  });
  const answer = isRecord(json) && isRecord(json['status']) ? json['status'] : {};
  const { allowed, reason } = answer;
  return {
    status,
    allowed: typeof allowed === 'boolean' ? allowed : undefined,
    reason: typeof reason === 'string' && reason !== '' ? api.clean(reason) : message,
  };
}

/**
 * A resource as `kubectl auth can-i` takes it: `pods`, `deployments.apps`, `pods/exec`.
 * @param namespace undefined asks for all namespaces
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
