import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface ClientRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The only CA to trust; default: the system's. */
  readonly caPem?: string;
  /** Default 10 s, for the whole exchange. */
  readonly timeoutMs?: number;
}

export interface ClientResponse {
  readonly status: number;
  /** Names in lower case; the last value of a header sent twice. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * One HTTP request as it is written: a redirect is not followed, a path of two slashes is kept, no
 * proxy, no connection kept. For the peers and their tests, so that the product's own client does
 * not judge itself. Rejects on any failure of the network.
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
