import { type ClientRequest, type ClientResponse, sendRequest } from '../../support/http-client.ts';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ClientResponse['headers'];
  readonly text: string;
  /** Parses the text; throws if it is not JSON. */
  readonly json: () => unknown;
}

/** Sends a request, by default within 20 s and as POST if it has a body; network errors reject. */
export async function http(url: string, options: ClientRequest = {}): Promise<HttpAnswer> {
  const { status, headers, body } = await sendRequest(url, {
    method: options.body === undefined ? 'GET' : 'POST',
    timeoutMs: 20_000,
    ...options,
  });
  return { status, headers, text: body, json: () => JSON.parse(body) };
}

/** A body in application/x-www-form-urlencoded. */
export function form(fields: Readonly<Record<string, string>>): {
  headers: Record<string, string>;
  body: string;
} {
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  };
}

/** The Basic Authorization header of a client, with form-urlencoded parts (RFC 6749, 2.3.1). */
export function clientBasic(id: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`;
}
