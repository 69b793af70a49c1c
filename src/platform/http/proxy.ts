import { DexchangeError } from '../../errors.ts';
import type { Environment } from '../../ports.ts';
import { Secret } from '../../secret.ts';
import { bypassesProxy } from './no-proxy.ts';
import { type ProxyLogin, parseProxyUrl } from './proxy-url.ts';

/** A proxy for requests. */
export interface HttpProxy {
  /** The URL without user info; its scheme is http, https or socks5. */
  readonly url: URL;
  /** The variable or field that contains it, for messages. */
  readonly variable: string;
  /** Whether NO_PROXY applies: true for the variables, false for proxy-url of a kubeconfig. */
  readonly obeysNoProxy: boolean;
  /** The user name and password of a SOCKS proxy. */
  readonly login?: ProxyLogin;
  /** The value of Proxy-Authorization (RFC 7617), if the URL contains user info. */
  readonly authorization?: Secret;
}

/**
 * Selects the proxy for a request to `url` from the proxy variables, as Go does
 * (golang.org/x/net/http/httpproxy) and therefore kubectl: the upper-case variable of each pair has
 * precedence, an empty one counts as unset, and ALL_PROXY is not read.
 * @returns undefined for a direct connection
 * @throws DexchangeError setting_invalid for an invalid proxy, or for HTTP_PROXY under CGI, where it
 *   is the `Proxy:` header of an untrusted request (golang.org/s/cgihttpproxy);
 *   setting_not_expanded for a literal `$NAME`; the message does not contain the value, which can
 *   contain a password
 */
export function proxyFor(url: URL, env: Environment): HttpProxy | undefined {
  const variable = firstSet(variablesFor[url.protocol] ?? [], env);
  if (variable === undefined) return undefined;
  const noProxy = firstSet(['NO_PROXY', 'no_proxy'], env);
  if (bypassesProxy(url, noProxy?.value ?? '')) return undefined;
  if (url.protocol === 'http:' && env['REQUEST_METHOD']) {
    throw new DexchangeError(
      'setting_invalid',
      `${variable.name} is not used in a CGI script, where the sender of a request can set it`,
      { hint: 'unset REQUEST_METHOD if this is not a CGI script, or add the host to NO_PROXY' },
    );
  }
  return parseProxy(variable.value, variable.name, true);
}

/**
 * A proxy variable of other tools that is set, but not read, if none of Go's variables is set for
 * this URL.
 */
export function ignoredProxyVariable(url: URL, env: Environment): string | undefined {
  if (firstSet(variablesFor[url.protocol] ?? [], env) !== undefined) return undefined;
  return firstSet(['ALL_PROXY', 'all_proxy'], env)?.name;
}

/**
 * Parses the URL of a proxy.
 * @param origin names the source of the URL in errors
 * @throws DexchangeError setting_invalid, setting_not_expanded; the message does not contain the URL
 */
export function givenProxy(url: string, origin: string): HttpProxy {
  return parseProxy(url, origin, false);
}

/**
 * The proxy if it gets the whole request to `url` in absolute form (RFC 9112, 3.2.2); undefined if
 * it opens a tunnel, or if there is none.
 */
export function forwardingProxy(proxy: HttpProxy | undefined, url: URL): HttpProxy | undefined {
  return proxy?.url.protocol !== 'socks5:' && url.protocol === 'http:' ? proxy : undefined;
}

const variablesFor: Readonly<Record<string, readonly string[]>> = {
  'https:': ['HTTPS_PROXY', 'https_proxy'],
  'http:': ['HTTP_PROXY', 'http_proxy'],
};

function firstSet(names: readonly string[], env: Environment) {
  for (const name of names) {
    const value = env[name]?.trim();
    if (value) return { name, value };
  }
  return undefined;
}

function parseProxy(value: string, variable: string, obeysNoProxy: boolean): HttpProxy {
  const { url, login } = parseProxyUrl(value, variable);
  const proxy = { url, variable, obeysNoProxy };
  if (login === undefined) return proxy;
  if (url.protocol === 'socks5:') return { ...proxy, login };
  const pair = Buffer.from(`${login.username}:${login.password.reveal()}`).toString('base64');
  return { ...proxy, authorization: new Secret(`Basic ${pair}`) };
}
