import { DexchangeError } from '../../errors.ts';
import type { Environment, ProxyChoice } from '../../ports.ts';
import { ignoredProxyVariable, proxyFor } from './proxy.ts';
import { hostAndPort } from './url-rules.ts';

/** Selects the proxy of a request as `proxyFor` does, for a report. */
export function proxyChoice(text: string, env: Environment): ProxyChoice {
  try {
    const url = new URL(text);
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return { kind: 'none', ignored: ignoredProxyVariable(url, env) };
    return { kind: 'proxy', host: hostAndPort(proxy.url), variable: proxy.variable };
  } catch (error) {
    if (!(error instanceof DexchangeError)) return { kind: 'none', ignored: undefined };
    return { kind: 'invalid', message: error.message, hint: error.hint };
  }
}
