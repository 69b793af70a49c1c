import type { ApiRequest, ApiResponse } from './api.ts';

/** Something that the caller may or may not do. */
export interface Action {
  /** In words: `create a DexClient`. */
  readonly what: string;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** The SelfSubjectAccessReview (authorization.k8s.io/v1) of an action. */
export function buildAccessReview({ what: _what, ...attributes }: Action): ApiRequest {
  return {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: attributes },
    },
  };
}

/** Whether the action is allowed; undefined if the answer does not say. */
export function readAccessReview(response: ApiResponse): boolean | undefined {
  const status = (response.json as { status?: { allowed?: unknown } } | undefined)?.status;
  return typeof status?.allowed === 'boolean' ? status.allowed : undefined;
}
