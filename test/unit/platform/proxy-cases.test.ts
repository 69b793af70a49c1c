import { expect, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import { proxyFor } from '../../../src/platform/http/proxy.ts';
import { type ProxyCase, proxyCases } from '../../support/proxy-cases.ts';

// test/e2e/go-proxy.test.ts compares the same cases with Go.
test.each(proxyCases)('$url with $env: $expected', (given) => {
  expect(outcomeOf(given)).toBe(given.expected);
});

function outcomeOf({ url, env }: ProxyCase): string {
  try {
    const proxy = proxyFor(new URL(url), env);
    if (proxy === undefined) return 'direct';
    const basic = proxy.authorization?.reveal().replace(/^Basic /, '') ?? '';
    const user = Buffer.from(basic, 'base64').toString().replace(':', ' ');
    return `${user === '' ? '' : `${user} `}${proxy.url.protocol}//${proxy.url.host}`;
  } catch (error) {
    expect(error).toBeInstanceOf(DexchangeError);
    return 'refused';
  }
}
