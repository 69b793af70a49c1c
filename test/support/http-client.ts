import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface ClientRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The only CA to trust; default: the CAs of the system. */
  readonly caPem?: string;
  /** For the whole request; default: 10 s. */
  readonly timeoutMs?: number;
}

export interface ClientResponse {
  readonly status: number;
  /** Names in lower case; of a repeated header the last value. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Sends one HTTP request as written: follows no redirect, keeps double slashes in the path, uses no
 * proxy and keeps no connection. The test servers and their tests use it to be independent of the
 * client under test. Rejects if the network fails.
 */
export function sendRequest(url: string, options: ClientRequest = {}): Promise<ClientResponse> {
  const secure = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? httpsRequest : httpRequest)(
      url,
      {
        method: options.method ?? 'GET',
        agent: false,
        headers: {
          ...options.headers,
          ...(options.body === undefined
            ? {}
            : { 'content-length': String(Buffer.byteLength(options.body)) }),
        },
        signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
        ...(options.caPem === undefined ? {} : { ca: options.caPem }),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            headers: Object.fromEntries(
              Object.entries(incoming.headersDistinct).map(([name, values]) => [
                name,
                values?.at(-1) ?? '',
              ]),
            ),
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(options.body);
  });
}
