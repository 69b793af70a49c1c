import { DexchangeError } from '../../errors.ts';
import { rejectPlaceholder } from '../../placeholders.ts';
import type { Environment } from '../../ports.ts';
import { Secret } from '../../secret.ts';
import { bypassesProxy } from './no-proxy.ts';

/** A proxy for HTTP requests. */
export interface HttpProxy {
  /** The URL without user info. */
  readonly url: URL;
  /** The variable or field that contains it, for messages. */
  readonly variable: string;
  /** Whether NO_PROXY applies: true for the variables, false for proxy-url of a kubeconfig. */
  readonly obeysNoProxy: boolean;
  /** The value of Proxy-Authorization (RFC 7617), if the URL contains user info. */
  readonly authorization?: Secret;
}

/**
 * Selects the proxy for a request to `url` from the proxy variables. As in curl, the lower-case
 * variable of each pair has precedence, and an empty one counts as unset.
 * @returns undefined for a direct connection
 * @throws DexchangeError setting_invalid if the value is not an http or https proxy,
 *   setting_not_expanded if it contains a literal `$NAME`; the message does not contain the value,
 *   which can contain a password
 */
export function proxyFor(url: URL, env: Environment): HttpProxy | undefined {
  const found = proxyVariable(url.protocol, env);
  if (found === undefined) return undefined;
  if (bypassesProxy(url, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  return parseProxy(found.value, found.variable, true);
}

/**
 * Parses the URL of a proxy.
 * @param origin names the source of the URL in errors
 * @throws DexchangeError setting_invalid, setting_not_expanded; the message does not contain the URL
 */
export function givenProxy(url: string, origin: string): HttpProxy {
  return parseProxy(url, origin, false);
}

function proxyVariable(protocol: string, env: Environment) {
  for (const variable of variablesFor(protocol, env)) {
    const value = env[variable]?.trim();
    if (value) return { variable, value };
  }
  return undefined;
}

function variablesFor(protocol: string, env: Environment): readonly string[] {
  if (protocol === 'https:') return ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];
  // Under CGI, HTTP_PROXY is the `Proxy:` header of an untrusted request (httpoxy).
  const underCgi = Boolean(env['REQUEST_METHOD']);
  return ['http_proxy', ...(underCgi ? [] : ['HTTP_PROXY']), 'all_proxy', 'ALL_PROXY'];
}

function parseProxy(value: string, variable: string, obeysNoProxy: boolean): HttpProxy {
  rejectPlaceholder(value, variable, false);
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol.startsWith('socks')) {
    throw new DexchangeError('setting_invalid', `${variable} names a SOCKS proxy`, {
      hint: `set ${variable} to an http or https proxy${obeysNoProxy ? ', or add the host to NO_PROXY' : ''}`,
    });
  }
  if (
    url === undefined ||
    url.hostname === '' ||
    (url.protocol !== 'http:' && url.protocol !== 'https:')
  ) {
    throw new DexchangeError('setting_invalid', `${variable} is not the URL of a proxy`, {
      hint: `write it as http://host:port`,
    });
  }
  const { username, password } = url;
  const plain = new URL(`${url.protocol}//${url.host}`);
  if (username === '' && password === '') return { url: plain, variable, obeysNoProxy };
  const pair = Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64');
  return { url: plain, variable, obeysNoProxy, authorization: new Secret(`Basic ${pair}`) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Accept a % that is not percent-encoded.
    return part;
  }
}
