import { DexchangeError } from '../../errors.ts';
import { rejectPlaceholder } from '../../placeholders.ts';
import type { Environment } from '../../ports.ts';
import { Secret } from '../../secret.ts';
import { bypassesProxy } from './no-proxy.ts';

export interface HttpProxy {
  /** Without user info. */
  readonly url: URL;
  /** The variable that named it, for messages. */
  readonly variable: string;
  /** The value of Proxy-Authorization (RFC 7617), if the variable held user info. */
  readonly authorization?: Secret;
}

/**
 * The proxy for a request to `url`, or undefined where it goes directly. Of each pair of variables
 * the lower-case one wins, as in curl; an empty one counts as unset. Throws `setting_invalid` if
 * the variable holds no http or https proxy, `setting_not_expanded` if it holds a literal `$NAME`;
 * its value may hold a password and is not repeated.
 */
export function proxyFor(url: URL, env: Environment): HttpProxy | undefined {
  const named = namedProxy(url.protocol, env);
  if (named === undefined) return undefined;
  if (bypassesProxy(url, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  return parseProxy(named.value, named.variable);
}

/**
 * A proxy given by its URL.
 * @param origin where the URL stands, to name it in errors
 * @throws DexchangeError setting_invalid, setting_not_expanded; the URL is not repeated
 */
export function givenProxy(url: string, origin: string): HttpProxy {
  return parseProxy(url, origin);
}

function namedProxy(protocol: string, env: Environment) {
  for (const variable of variablesFor(protocol, env)) {
    const value = env[variable]?.trim();
    if (value) return { variable, value };
  }
  return undefined;
}

function variablesFor(protocol: string, env: Environment): readonly string[] {
  if (protocol === 'https:') return ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
  // Under CGI, HTTP_PROXY is the `Proxy:` header of whoever made the request (httpoxy).
  const underCgi = Boolean(env['REQUEST_METHOD']);
  return ['http_proxy', ...(underCgi ? [] : ['HTTP_PROXY']), 'all_proxy', 'ALL_PROXY'];
}

function parseProxy(value: string, variable: string): HttpProxy {
  rejectPlaceholder(value, variable, false);
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol.startsWith('socks')) {
    throw new DexchangeError('setting_invalid', `${variable} names a SOCKS proxy`, {
      hint: `name an http or https proxy in ${variable}, or the host in NO_PROXY`,
    });
  }
  if (
    url === undefined ||
    url.hostname === '' ||
    (url.protocol !== 'http:' && url.protocol !== 'https:')
  ) {
    throw new DexchangeError('setting_invalid', `${variable} does not name a proxy`, {
      hint: `write it as http://host:port`,
    });
  }
  const { username, password } = url;
  const plain = new URL(`${url.protocol}//${url.host}`);
  if (username === '' && password === '') return { url: plain, variable };
  const pair = Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64');
  return { url: plain, variable, authorization: new Secret(`Basic ${pair}`) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A stray % is a % for people who did not know that it must be encoded.
    return part;
  }
}
