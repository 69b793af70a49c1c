import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../../src/platform/http/proxy.ts';

const https = new URL('https://dex.example.com/token');
const http = new URL('http://dex.example.com/token');
const p = (name: string) => `http://${name}.example:3128`;

describe('which variable applies', () => {
  test.each([
    ['none', https, {}, undefined],
    ['https', https, { HTTPS_PROXY: p('a') }, 'HTTPS_PROXY'],
    ['lower case wins', https, { HTTPS_PROXY: p('a'), https_proxy: p('b') }, 'https_proxy'],
    ['an empty one is unset', https, { HTTPS_PROXY: p('a'), https_proxy: '' }, 'HTTPS_PROXY'],
    ['http is not for https', https, { HTTP_PROXY: p('a'), http_proxy: p('b') }, undefined],
    ['https is not for http', http, { HTTPS_PROXY: p('a') }, undefined],
    ['http', http, { HTTP_PROXY: p('a') }, 'HTTP_PROXY'],
    ['http, lower case wins', http, { HTTP_PROXY: p('a'), http_proxy: p('b') }, 'http_proxy'],
    ['httpoxy', http, { HTTP_PROXY: p('a'), REQUEST_METHOD: 'GET' }, undefined],
    ['CGI, set by us', http, { http_proxy: p('a'), REQUEST_METHOD: 'GET' }, 'http_proxy'],
    ['all', https, { ALL_PROXY: p('a') }, 'ALL_PROXY'],
    ['all, lower case wins', http, { ALL_PROXY: p('a'), all_proxy: p('b') }, 'all_proxy'],
    ['the particular wins', https, { all_proxy: p('a'), HTTPS_PROXY: p('b') }, 'HTTPS_PROXY'],
    ['NO_PROXY', https, { HTTPS_PROXY: p('a'), NO_PROXY: 'example.com' }, undefined],
    ['no_proxy', https, { HTTPS_PROXY: p('a'), no_proxy: '*' }, undefined],
    [
      'no_proxy wins over NO_PROXY',
      https,
      { HTTPS_PROXY: p('a'), NO_PROXY: '*', no_proxy: 'other.example' },
      'HTTPS_PROXY',
    ],
    ['loopback', new URL('https://127.0.0.1:5556/'), { HTTPS_PROXY: p('a') }, undefined],
    ['metadata', new URL('http://169.254.169.254/'), { HTTP_PROXY: p('a') }, undefined],
  ])('%s', (_what, url, env, expected) => {
    expect(proxyFor(url, env)?.variable).toBe(expected);
  });
});

describe('values of the variable', () => {
  test.each([
    ['http://proxy.example:3128', 'http://proxy.example:3128/'],
    ['http://proxy.example:3128/ignored', 'http://proxy.example:3128/'],
    ['proxy.example:3128', 'http://proxy.example:3128/'],
    ['proxy.example', 'http://proxy.example/'],
    ['10.0.0.1:3128', 'http://10.0.0.1:3128/'],
    ['[fd00::1]:3128', 'http://[fd00::1]:3128/'],
    ['https://proxy.example', 'https://proxy.example/'],
    [' http://proxy.example:3128 ', 'http://proxy.example:3128/'],
  ])('%s', (value, expected) => {
    expect(proxyFor(https, { HTTPS_PROXY: value })?.url.href).toBe(expected);
  });

  test.each([
    ['socks5://proxy.example:1080', 'setting_invalid'],
    ['socks5h://u:s3cret@proxy.example', 'setting_invalid'],
    ['ftp://proxy.example', 'setting_invalid'],
    ['http://', 'setting_invalid'],
    ['http://u:s3cret@:3128', 'setting_invalid'],
    ['$CORP_PROXY', 'setting_not_expanded'],
  ])('%s is rejected: %s', (value, code) => {
    expect(() => proxyFor(https, { HTTPS_PROXY: value })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining('HTTPS_PROXY') }),
    );
  });

  test('a proxy that does not apply is not validated', () => {
    expect(proxyFor(https, { HTTPS_PROXY: 'socks5://x', NO_PROXY: '*' })).toBeUndefined();
  });
});

describe('credentials', () => {
  const basicOf = (value: string) => {
    const header = proxyFor(https, { HTTPS_PROXY: value })?.authorization?.reveal() ?? '';
    return Buffer.from(header.replace(/^Basic /, ''), 'base64').toString();
  };

  test.each([
    ['http://user:pass@proxy.example', 'user:pass'],
    ['user:pass@proxy.example:3128', 'user:pass'],
    ['http://user@proxy.example', 'user:'],
    ['http://us%40er:p%3Aa%2Fs%C3%A9@proxy.example', 'us@er:p:a/sé'],
    ['http://user:100%@proxy.example', 'user:100%'],
    ['http://proxy.example', ''],
  ])('%s', (value, expected) => {
    expect(basicOf(value)).toBe(expected);
  });

  test('are only in the secret', () => {
    const proxy = proxyFor(https, { HTTPS_PROXY: 'http://u:s3cret@proxy.example' });
    expect(inspect(proxy, { depth: 9 })).not.toContain('s3cret');
    expect(JSON.stringify(proxy)).not.toContain('s3cret');
  });
});
