import { type ClientRequest, type ClientResponse, sendRequest } from '../../support/http-client.ts';

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ClientResponse['headers'];
  readonly text: string;
  /** Parses the text; throws when it is not JSON. */
  readonly json: () => unknown;
}

/** One request, a POST if it has a body; 20 s unless told. Rejects on failures of the network. */
export async function http(url: string, options: ClientRequest = {}): Promise<HttpAnswer> {
  const { status, headers, body } = await sendRequest(url, {
    method: options.body === undefined ? 'GET' : 'POST',
    timeoutMs: 20_000,
    ...options,
  });
  return { status, headers, text: body, json: () => JSON.parse(body) };
}

/** A form body, application/x-www-form-urlencoded. */
export function form(fields: Readonly<Record<string, string>>): {
  headers: Record<string, string>;
  body: string;
} {
  return {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  };
}

/** The Authorization value for a client, both parts form-urlencoded first (RFC 6749, 2.3.1). */
export function clientBasic(id: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ x: text }).toString().slice(2);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`;
}
