import { jsonObject, textField } from '../http/json-body.ts';
import type { IncomingResponse, OutgoingRequest, Send } from '../http/message.ts';
import { isRecord } from '../json.ts';
import { sanitize } from '../sanitize.ts';
import type { Secret } from '../secret.ts';

/** What the API server says of the caller of a request. */
export interface SelfReview {
  /** 201 if it knows the caller; 401 if it does not. */
  readonly status: number;
  /** What it said with a refusal, or ''. */
  readonly message: string;
  readonly user: { readonly username: string; readonly groups: readonly string[] } | undefined;
}

/** A verb and a resource, as `kubectl auth can-i` takes them. */
export interface AccessQuestion {
  readonly verb: string;
  /** `pods`, `deployments.apps`, `pods/exec`. */
  readonly resource: string;
  /** Undefined asks for all namespaces. */
  readonly namespace: string | undefined;
}

export interface AccessAnswer {
  readonly status: number;
  readonly allowed: boolean;
  readonly reason: string;
}

/** The value of an Authorization header; undefined where a client certificate speaks for itself. */
export type Authorization = Secret | undefined;

/**
 * Asks an API server whom it takes the caller for (SelfSubjectReview, authentication.k8s.io/v1).
 * @throws DexchangeError server_*, proxy_failed, url_insecure
 */
export async function reviewSelf(
  server: string,
  authorization: Authorization,
  send: Send,
): Promise<SelfReview> {
  const response = await send(
    post(server, authorization, 'authentication.k8s.io', 'selfsubjectreviews', {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
    }),
  );
  const status = record(jsonObject(response)?.['status']);
  const info = record(status['userInfo']);
  const { username, groups } = info;
  return {
    status: response.status,
    message: messageOf(response),
    user:
      response.status === 201 && typeof username === 'string'
        ? { username: clean(username), groups: texts(groups) }
        : undefined,
  };
}

/**
 * Asks whether the caller may do something (SelfSubjectAccessReview, authorization.k8s.io/v1).
 * @throws DexchangeError server_*, proxy_failed, url_insecure
 */
export async function reviewAccess(
  server: string,
  authorization: Authorization,
  question: AccessQuestion,
  send: Send,
): Promise<AccessAnswer> {
  const [path = '', subresource] = question.resource.split('/');
  const [resource = '', ...group] = path.split('.');
  const resourceAttributes = {
    verb: question.verb,
    resource,
    group: group.join('.'),
    ...(subresource === undefined ? {} : { subresource }),
    ...(question.namespace === undefined ? {} : { namespace: question.namespace }),
  };
  const response = await send(
    post(server, authorization, 'authorization.k8s.io', 'selfsubjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    }),
  );
  const status = record(jsonObject(response)?.['status']);
  const reason = typeof status['reason'] === 'string' ? clean(status['reason']) : '';
  return {
    status: response.status,
    allowed: status['allowed'] === true,
    reason: reason === '' ? messageOf(response) : reason,
  };
}

/** A GET of a path of the API server, as curl would do it. */
export function apiGet(
  server: string,
  authorization: Authorization,
  path: string,
): OutgoingRequest {
  return {
    peer: 'kubernetes',
    method: 'GET',
    url: `${server.replace(/\/+$/, '')}${path}`,
    headers: headers(authorization),
  };
}

/** What a Status object, or another answer, says; '' if it says nothing. */
export function messageOf(response: IncomingResponse): string {
  if (response.status < 400) return '';
  const body = jsonObject(response);
  const said = body === undefined ? response.body : (textField(body, 'message') ?? '');
  return /^\s*</.test(said) ? '' : clean(said);
}

function post(
  server: string,
  authorization: Authorization,
  group: string,
  resource: string,
  json: unknown,
): OutgoingRequest {
  return {
    peer: 'kubernetes',
    method: 'POST',
    url: `${server.replace(/\/+$/, '')}/apis/${group}/v1/${resource}`,
    headers: headers(authorization),
    json,
  };
}

function headers(authorization: Authorization): OutgoingRequest['headers'] {
  const accept = ['accept', 'application/json'] as const;
  return authorization === undefined ? [accept] : [accept, ['authorization', authorization]];
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value)
    ? value.filter((item) => typeof item === 'string').map((item) => clean(item))
    : [];
}

function clean(text: string): string {
  return sanitize(text, { maxChars: 300 });
}
