import { serverTime } from '../../http/date.ts';
import { describeBody, isHtml, jsonObject, textField } from '../../http/json-body.ts';
import type { IncomingResponse, OutgoingRequest, Send } from '../../http/message.ts';
import { secretsIn } from '../../http/request-secrets.ts';
import { redactionOf } from '../../redaction.ts';
import { sanitize } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';
import type { User } from '../kubeconfig/context.ts';
import type { ApiRequest, ApiResponse, KubernetesApi } from './api.ts';

/** The identity of requests. */
export interface RequestIdentity {
  /** Undefined if the credential is a client certificate or missing. */
  readonly authorization: Secret | undefined;
  readonly impersonate: User['impersonate'];
}

/**
 * Creates a client of a Kubernetes API over a channel.
 * @param context the name of the context, for messages
 */
export function kubernetesApi(
  server: string,
  context: string,
  identity: RequestIdentity,
  channel: { readonly send: Send; close(): Promise<void> },
): KubernetesApi {
  const headers = headersOf(identity);
  const secrets = secretsIn(requestOf(server, headers, { method: 'GET', path: '/' }));
  const redaction = redactionOf(secrets);
  const clean = (text: string, maxChars = 300): string => sanitize(text, { maxChars, redaction });
  return {
    server,
    context,
    clean,
    async send(request) {
      return apiResponse(await channel.send(requestOf(server, headers, request)), clean, secrets);
    },
    close: () => channel.close(),
  };
}

function requestOf(
  server: string,
  headers: OutgoingRequest['headers'],
  { method, path, body }: ApiRequest,
): OutgoingRequest {
  return {
    peer: 'kubernetes',
    method,
    url: `${server.replace(/\/+$/, '')}${path}`,
    headers,
    ...(body === undefined ? {} : { json: body }),
  };
}

/** The same headers as in client-go (transport/round_trippers.go), including impersonation. */
function headersOf({ authorization, impersonate }: RequestIdentity): OutgoingRequest['headers'] {
  const headers: [string, string | Secret][] = [['accept', 'application/json']];
  if (authorization !== undefined) {
    headers.push(['authorization', new Secret(utf8(authorization.reveal()))]);
  }
  if (impersonate === undefined) return headers;
  headers.push(['impersonate-user', utf8(impersonate.user)]);
  if (impersonate.uid !== undefined) headers.push(['impersonate-uid', utf8(impersonate.uid)]);
  for (const group of impersonate.groups) headers.push(['impersonate-group', utf8(group)]);
  for (const [name, values] of Object.entries(impersonate.extra)) {
    const header = `impersonate-extra-${encodeURIComponent(name).toLowerCase()}`;
    for (const value of values) headers.push([header, utf8(value)]);
  }
  return headers;
}

/** Encodes a text as UTF-8, as Go does in headers; each character of the result is one byte. */
function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function apiResponse(
  response: IncomingResponse,
  clean: (text: string) => string,
  secrets: readonly Secret[],
): ApiResponse {
  return {
    status: response.status,
    json: parseJson(response.body),
    message: clean(messageOf(response, secrets)),
    dateMs: serverTime(response),
  };
}

function messageOf(response: IncomingResponse, secrets: readonly Secret[]): string {
  if (isHtml(response.body)) return describeBody(response, secrets);
  if (response.status < 400) return '';
  const body = jsonObject(response);
  if (body === undefined) return response.body;
  return textField(body, 'message') || reasonWords(textField(body, 'reason') ?? '');
}

/** A reason of the API server (metav1.StatusReason) in words: `TooManyRequests`. */
function reasonWords(reason: string): string {
  return reason.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
