import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { givenProxy, ignoredProxyVariable, proxyFor } from '../../../src/platform/http/proxy.ts';
import { failure } from '../support/failure.ts';

const https = new URL('https://dex.example.com/token');
const http = new URL('http://dex.example.com/token');
const p = (name: string) => `http://${name}.example:3128`;

describe('which variable applies', () => {
  test.each([
    ['none', https, {}, undefined],
    ['https', https, { HTTPS_PROXY: p('a') }, 'HTTPS_PROXY'],
    ['upper case wins', https, { HTTPS_PROXY: p('a'), https_proxy: p('b') }, 'HTTPS_PROXY'],
    ['lower case alone', https, { https_proxy: p('b') }, 'https_proxy'],
    ['an empty one is unset', https, { HTTPS_PROXY: '', https_proxy: p('a') }, 'https_proxy'],
    ['http is not for https', https, { HTTP_PROXY: p('a'), http_proxy: p('b') }, undefined],
    ['https is not for http', http, { HTTPS_PROXY: p('a') }, undefined],
    ['http', http, { HTTP_PROXY: p('a') }, 'HTTP_PROXY'],
    ['http, upper case wins', http, { HTTP_PROXY: p('a'), http_proxy: p('b') }, 'HTTP_PROXY'],
    ['CGI, https', https, { HTTPS_PROXY: p('a'), REQUEST_METHOD: 'GET' }, 'HTTPS_PROXY'],
    ['an empty REQUEST_METHOD', http, { HTTP_PROXY: p('a'), REQUEST_METHOD: '' }, 'HTTP_PROXY'],
    ['CGI without a proxy', http, { REQUEST_METHOD: 'GET' }, undefined],
    ['all', https, { ALL_PROXY: p('a'), all_proxy: p('b') }, undefined],
    ['all does not win', https, { all_proxy: p('a'), https_proxy: p('b') }, 'https_proxy'],
    ['NO_PROXY', https, { HTTPS_PROXY: p('a'), NO_PROXY: 'example.com' }, undefined],
    ['no_proxy', https, { HTTPS_PROXY: p('a'), no_proxy: '*' }, undefined],
    [
      'NO_PROXY wins over no_proxy',
      https,
      { HTTPS_PROXY: p('a'), no_proxy: '*', NO_PROXY: 'other.example' },
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
    ['http://proxy.example:3128/', 'http://proxy.example:3128/'],
    ['HTTP://Proxy.Example:3128', 'http://proxy.example:3128/'],
    ['http://jdoe:p@ss@proxy.example:3128', 'http://proxy.example:3128/'],
    ['socks5://proxy.example', 'socks5://proxy.example'],
    ['socks5://u:p@proxy.example:80', 'socks5://proxy.example:80'],
    ['socks5h://[fd00::1]:1080', 'socks5://[fd00::1]:1080'],
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
    ['http://jdoe:1234#S3cret@proxy.example:3128', /special character/, /# as %23/],
    ['http://jdoe:S3c/ret@proxy.example:3128', /special character/, /\/ as %2F/],
    ['http://jdoe:S3c?ret@proxy.example:3128', /special character/, /\? as %3F/],
    ['http://jdoe:S3c\\ret@proxy.example:3128', /special character/, /%/],
    ['jdoe:12#S3cret@proxy.example:3128', /special character/, /# as %23/],
    ['socks5://jdoe:12#S3cret@proxy.example', /special character/, /# as %23/],
    ['http://jdoe:a@b/S3cret@proxy.example', /special character/, /@ as %40/],
    ['http://proxy.example:3128/S3cret', /after the host and port/, /without a path/],
    ['http://proxy.example:3128?S3cret', /after the host and port/, /without a path/],
    ['http://jdoe:1234#S3cret', /after the host and port/, /# as %23/],
    ['http://S3cret.example/proxy.pac', /PAC file/, /one of the proxies in that file/],
    ['http://S3cret.example/wpad.dat', /PAC file/, /one of the proxies/],
    ['socks4://S3cret.example', /another version than 5/, /socks5:/],
    ['socks://S3cret.example', /another version than 5/, /socks5:/],
    ['ftp://S3cret.example', /http, https or socks5/, /http:\/\/host:port/],
    ['pac+https://S3cret.example', /http, https or socks5/, /http:\/\/host:port/],
    ['http://', /not the URL of a proxy/, /host:port/],
    ['http://u:S3cret@:3128', /not the URL of a proxy/, /host:port/],
    ['http://jdoe:S3cret', /not the URL of a proxy/, /: as %3A/],
    ['http://u:S3cret@pro xy:3128', /not the URL of a proxy/, /host:port/],
    ['//S3cret.example:3128', /after the host and port/, /host:port/],
  ])('%s is rejected without showing any of it', (value, message, hint) => {
    for (const [env, name] of [
      [{ HTTPS_PROXY: value }, 'HTTPS_PROXY'],
      [{ https_proxy: ` ${value}\n` }, 'https_proxy'],
    ] as const) {
      const error = failure(() => proxyFor(https, env));
      expect(error).toMatchObject({
        code: 'setting_invalid',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      });
      expect(error.message).toMatch(new RegExp(`^${name} `));
      expect(`${error.message} ${error.hint}`).not.toMatch(/S3cret|S3c|jdoe|1234/);
    }
    expect(failure(() => givenProxy(value, 'proxy-url')).message).toMatch(/^proxy-url /);
  });

  test('a variable that was not expanded is rejected', () => {
    const error = failure(() => proxyFor(https, { HTTPS_PROXY: '$CORP_PROXY' }));
    expect(error).toMatchObject({
      code: 'setting_not_expanded',
      message: expect.stringContaining('HTTPS_PROXY'),
    });
  });

  test.each(['HTTP_PROXY', 'http_proxy'])('%s is rejected under CGI, as in Go', (name) => {
    const env = { [name]: p('a'), REQUEST_METHOD: 'GET' };
    const error = failure(() => proxyFor(http, env));
    expect(error).toMatchObject({
      code: 'setting_invalid',
      message: expect.stringContaining(name),
      hint: expect.stringContaining('REQUEST_METHOD'),
    });
    expect(proxyFor(new URL('http://169.254.169.254/'), env)).toBeUndefined();
  });

  test.each([
    [{ ALL_PROXY: p('a') }, 'ALL_PROXY'],
    [{ all_proxy: p('a') }, 'all_proxy'],
    [{ all_proxy: p('a'), HTTP_PROXY: p('b') }, 'all_proxy'],
    [{ all_proxy: p('a'), https_proxy: p('b') }, undefined],
    [{ ALL_PROXY: '' }, undefined],
  ])('of %j, the variable that is ignored is %s', (env, expected) => {
    expect(ignoredProxyVariable(https, env)).toBe(expected);
  });

  test('a proxy that does not apply is not validated', () => {
    expect(proxyFor(https, { HTTPS_PROXY: 'ftp://x', NO_PROXY: '*' })).toBeUndefined();
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
    ['http://user:p@ss@proxy.example', 'user:p@ss'],
    ['http://jdoe:1234%23Secret@proxy.example:3128', 'jdoe:1234#Secret'],
    ['http://proxy.example', ''],
  ])('%s', (value, expected) => {
    expect(basicOf(value)).toBe(expected);
  });

  test('of a SOCKS proxy are decoded', () => {
    const proxy = proxyFor(https, { HTTPS_PROXY: 'socks5://us%40er:p%23s3cret@proxy.example' });
    expect(proxy?.login?.username).toBe('us@er');
    expect(proxy?.login?.password.reveal()).toBe('p#s3cret');
    expect(proxy?.authorization).toBeUndefined();
    expect(inspect(proxy, { depth: 9 })).not.toContain('s3cret');
  });

  test('are only in the secret', () => {
    const proxy = proxyFor(https, { HTTPS_PROXY: 'http://u:s3cret@proxy.example' });
    expect(inspect(proxy, { depth: 9 })).not.toContain('s3cret');
    expect(JSON.stringify(proxy)).not.toContain('s3cret');
  });
});
