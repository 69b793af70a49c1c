import type { ApiRequest, KubernetesApi } from './client/api.ts';
import { foreignBody } from './client/foreign-body.ts';
import { field } from './object-fields.ts';

/** The result of a SelfSubjectReview. */
export interface SelfReview {
  /** 201 if the caller is authenticated; 401 if not. */
  readonly status: number;
  /** The error message of the server, or ''. */
  readonly message: string;
  /** The response as JSON, if it is. */
  readonly json: unknown;
  /** What another server than kube-apiserver sent instead of a Status object; undefined if none did. */
  readonly foreign: string | undefined;
  /** Undefined if the caller is not authenticated. */
  readonly user: { readonly username: string; readonly groups: readonly string[] } | undefined;
}

const request: ApiRequest = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
};

/**
 * Requests the user as whom the API server authenticates the caller (SelfSubjectReview,
 * authentication.k8s.io/v1, Kubernetes 1.28 and newer).
 * @throws DexchangeError server_*, proxy_failed, url_insecure
 */
export async function reviewSelf(api: KubernetesApi): Promise<SelfReview> {
  const { status, message, json } = await api.send(request);
  const info = field(json, 'status', 'userInfo');
  const username = field(info, 'username');
  const groups = field(info, 'groups');
  return {
    status,
    message,
    json,
    foreign: status === 201 ? undefined : foreignBody({ json, message }),
    user:
      status === 201 && typeof username === 'string'
        ? {
            username: api.clean(username),
            groups: (Array.isArray(groups) ? groups : [])
              .filter((group) => typeof group === 'string')
              .map((group) => api.clean(group)),
          }
        : undefined,
  };
}
