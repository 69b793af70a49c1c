import type Client from 'undici/lib/dispatcher/client.js';
import { encodeForm } from '../../http/form.ts';
import type { OutgoingRequest } from '../../http/message.ts';
import { reveal } from '../../secret.ts';
import { uptimeMs } from '../machine.ts';
import type { Progress } from './connect-failure.ts';
import type { InterimResponses } from './interim-responses.ts';
import type { HttpProxy } from './proxy.ts';

/** A response with any status. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Counted from the start of sending, in milliseconds. */
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** Makes a plain-HTTP request use the absolute form for a proxy (RFC 9112, 3.2.2). */
export interface AbsoluteForm {
  readonly proxy: HttpProxy;
}

/** An undici client with one connection to one origin, for one kind of peer. */
export interface PeerClient {
  readonly client: InstanceType<typeof Client>;
  /** The progress of the current attempt; updated with each step. */
  progress: Progress;
  /** Watches the responses of the client. */
  readonly responses: InterimResponses;
}

/**
 * Sends one request over a client and collects the response. Headers of the request override the
 * default headers.
 * @throws the errors of undici and of the connector
 */
export function exchange(
  { client, progress, responses }: PeerClient,
  request: OutgoingRequest,
  url: URL,
  absoluteForm: AbsoluteForm | undefined,
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const path = `${url.pathname}${url.search}`;
    let startedAt = uptimeMs();
    let firstByteMs = 0;
    let status = 0;
    let headers: Record<string, string> = {};
    const chunks: Buffer[] = [];
    client.dispatch(
      {
        method: request.method,
        path: absoluteForm === undefined ? path : `${url.origin}${path}`,
        headers: headersOf(request, url, absoluteForm),
        body: bodyOf(request),
      },
      {
        onRequestStart() {
          startedAt = uptimeMs();
          progress.step = 'headers';
          progress.atProxy = false;
          responses.expect();
        },
        onResponseStart(_controller, received, rawHeaders) {
          // Skip informational responses (1xx).
          if (received < 200) return;
          firstByteMs = uptimeMs() - startedAt;
          progress.step = 'body';
          status = received;
          headers = flatten(rawHeaders);
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk);
        },
        onResponseEnd() {
          const totalMs = uptimeMs() - startedAt;
          resolve({ status, headers, body: Buffer.concat(chunks), firstByteMs, totalMs });
        },
        onResponseError(_controller, error) {
          if (responses.switchedProtocols()) progress.switchedProtocols = true;
          reject(error);
        },
      },
    );
  });
}

function bodyOf(request: OutgoingRequest): string | null {
  if (request.form !== undefined) return encodeForm(request.form);
  return request.json === undefined ? null : JSON.stringify(request.json);
}

function headersOf(
  request: OutgoingRequest,
  url: URL,
  absoluteForm: AbsoluteForm | undefined,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'accept-encoding': 'identity' };
  if (request.form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded';
  if (request.json !== undefined) headers['content-type'] = 'application/json';
  if (absoluteForm !== undefined) {
    headers['host'] = url.host;
    const { authorization } = absoluteForm.proxy;
    if (authorization !== undefined) headers['proxy-authorization'] = authorization.reveal();
  }
  const added = new Set<string>();
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase();
    // Send a header twice if the request contains it twice.
    headers[key] = added.has(key) ? [headers[key] ?? '', reveal(value)].flat() : reveal(value);
    added.add(key);
  }
  return headers;
}

function flatten(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = [value].flat().join(', ');
  }
  return flat;
}
