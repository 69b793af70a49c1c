import { DexchangeError } from '../../errors.ts';
import type { OutgoingRequest } from '../../http/message.ts';
import { reveal } from '../../secret.ts';
import type { AttemptContext } from './attempt.ts';
import type { RawResponse } from './exchange.ts';
import { peerAt } from './peer-names.ts';

/**
 * The error for a response that the server behind the URL did not write, but the web server, proxy or
 * network in front of it, and that means the same for every peer: http on a port for https, headers
 * or a body that are too large, a login to the network or a proxy.
 * @returns DexchangeError server_nonsense, server_too_large or proxy_failed; undefined for any other
 *   response
 */
export function wrongResponderError(
  response: RawResponse,
  request: OutgoingRequest,
  { peer, url, inSetting }: AttemptContext,
): DexchangeError | undefined {
  const { status } = response;
  const who = peerAt(peer, url);
  if (status === 407) {
    return new DexchangeError(
      'proxy_failed',
      `${who} answered 407: a proxy on the way requires a user name and password`,
      { hint: 'set HTTPS_PROXY to that proxy, as http://user:password@host:port' },
    );
  }
  if (status === 511) {
    return new DexchangeError(
      'server_nonsense',
      `${who} answered 511: the network of this machine requires a login`,
      { hint: 'log in to the network with a browser, or use another network' },
    );
  }
  if (![400, 413, 414, 431, 494].includes(status)) return undefined;
  const body = response.body.toString('utf8', 0, 4096);
  if (url.protocol === 'http:' && requiresTls.test(body)) {
    return new DexchangeError(
      'server_nonsense',
      `${who} requires https on this port, but its URL is http`,
      { hint: `write https:// instead of http:// ${inSetting}` },
    );
  }
  if (status === 431 || status === 494 || headersTooLarge.test(body)) {
    const { name, bytes } = largestHeader(request);
    return new DexchangeError(
      'server_too_large',
      `${who} rejects the headers of the request as too large (${status}): ${name} has ${kilobytes(bytes)}`,
      {
        hint:
          bytes < 1024
            ? 'check which headers a proxy or ingress in front of it adds: those of the request are small'
            : 'raise the limit for headers of the ingress in front of it (nginx: large_client_header_buffers, 8 KB by default), or use a token with fewer groups and claims',
      },
    );
  }
  if (status !== 413) return undefined;
  return new DexchangeError(
    'server_too_large',
    `${who} rejects the request as too large (413): its body has ${kilobytes(bodyBytes(request))}`,
    {
      hint: 'raise the limit for bodies of the ingress in front of it (nginx: client_max_body_size), or use a token with fewer groups and claims',
    },
  );
}

/** The responses of nginx, Go, Apache and Tomcat to plain HTTP on a TLS port. */
const requiresTls =
  /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server|plain HTTP to an SSL-enabled|combination of host and port requires TLS/i;

/** The responses of nginx, Go, HAProxy, Apache, Node and Tomcat to large headers. */
const headersTooLarge =
  /request header or cookie too large|header fields? (?:is |are )?too (?:large|long)|size of a request header|request header is too large/i;

function largestHeader({ headers }: OutgoingRequest): { name: string; bytes: number } {
  let largest = { name: 'none', bytes: 0 };
  for (const [name, value] of headers) {
    const bytes = Buffer.byteLength(reveal(value));
    if (bytes > largest.bytes) largest = { name, bytes };
  }
  return largest;
}

function bodyBytes({ form, json }: OutgoingRequest): number {
  if (form === undefined) return Buffer.byteLength(JSON.stringify(json ?? ''));
  return form.reduce((sum, [name, value]) => sum + name.length + reveal(value).length + 2, 0);
}

/** In units of 1024 bytes, as the limits of web servers. */
function kilobytes(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024)} KB`;
}
