import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bypassesProxy } from '../../../src/platform/http/no-proxy.ts';

test.each([
  // names and suffixes
  ['https://dex.example.com/', 'dex.example.com', true],
  ['https://DEX.example.com/', 'dex.Example.COM', true],
  ['https://dex.example.com./', 'dex.example.com', true],
  ['https://dex.example.com/', 'dex.example.com.', true],
  ['https://dex.example.com/', 'example.com', true],
  ['https://a.b.example.com/', 'example.com', true],
  ['https://example.com/', 'example.com', true],
  ['https://dex.example.com/', '.example.com', true],
  ['https://example.com/', '.example.com', false],
  ['https://dex.example.com/', '*.example.com', true],
  ['https://example.com/', '*.example.com', false],
  ['https://badexample.com/', 'example.com', false],
  ['https://dex.example.com/', 'com', true],
  ['https://dex.example.com/', 'ex.example.com', false],
  ['https://dex.example.com.evil.org/', 'example.com', false],
  ['https://münchen.example/', 'München.example', true],
  // everything, and nothing
  ['https://dex.example.com/', '*', true],
  ['https://dex.example.com/', 'other,*', true],
  ['https://dex.example.com/', '', false],
  ['https://dex.example.com/', ' , ,', false],
  ['https://dex.example.com/', '.', false],
  // lists
  ['https://dex.example.com/', 'a.org, dex.example.com ,b.org', true],
  ['https://dex.example.com/', 'a.org dex.example.com', true],
  // ports
  ['https://dex.example.com:8443/', 'dex.example.com:8443', true],
  ['https://dex.example.com:8443/', 'example.com:8443', true],
  ['https://dex.example.com:8443/', 'dex.example.com:443', false],
  ['https://dex.example.com/', 'dex.example.com:443', true],
  ['http://dex.example.com/', 'dex.example.com:443', false],
  ['http://dex.example.com/', 'dex.example.com:80', true],
  ['https://10.1.2.3:8443/', '10.1.2.3:8443', true],
  ['https://10.1.2.3:8443/', '10.1.2.3:443', false],
  // addresses
  ['https://10.1.2.3/', '10.1.2.3', true],
  ['https://10.1.2.3/', '10.1.2.30', false],
  ['https://10.1.2.3/', '2.3', false],
  ['https://[fd00::5]/', 'fd00::5', true],
  ['https://[fd00::5]/', 'fd00:0:0::5', true],
  ['https://[fd00::5]/', '[fd00::5]', true],
  ['https://[fd00::5]:8443/', '[fd00::5]:8443', true],
  ['https://[fd00::5]/', '[fd00::5]:8443', false],
  // ranges
  ['https://10.1.2.3/', '10.0.0.0/8', true],
  ['https://11.1.2.3/', '10.0.0.0/8', false],
  ['https://10.1.2.3/', '0.0.0.0/0', true],
  ['https://[fd00::5]/', 'fd00::/8', true],
  ['https://[fe00::5]/', 'fd00::/8', false],
  ['https://[fd00::5]/', '[fd00::]/8', true],
  ['https://[::ffff:10.1.2.3]/', '10.0.0.0/8', true],
  ['https://10.1.2.3/', '10.0.0.0/33', false],
  ['https://10.1.2.3/', '10.0.0.0/', false],
  ['https://10.1.2.3/', '10.0.0.0/x', false],
  // a name is never resolved to be compared with an address
  ['https://dex.example.com/', '0.0.0.0/0', false],
  // this machine and its metadata, whatever is listed
  ['https://127.0.0.1:5556/', '', true],
  ['https://127.9.9.9/', '', true],
  ['https://[::1]/', '', true],
  ['https://localhost/', '', true],
  ['http://169.254.169.254/', '', true],
  ['http://metadata.google.internal/', '', true],
  ['http://[fd00:ec2::254]/', '', true],
])('%s with NO_PROXY=%s bypasses the proxy: %s', (url, noProxy, expected) => {
  expect(bypassesProxy(new URL(url), noProxy)).toBe(expected);
});

describe('for any host', () => {
  const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/);
  const name = fc
    .array(label, { minLength: 2, maxLength: 4 })
    .map((labels) => labels.join('.'))
    .filter((host) => !host.startsWith('xn--') && !host.includes('.xn--'));

  test('its name and each of its suffixes bypass the proxy, with any other items in the list', () => {
    fc.assert(
      fc.property(name, fc.nat(), fc.array(name), (host, at, others) => {
        const labels = host.split('.');
        const suffix = labels.slice(at % labels.length).join('.');
        const list = [...others, suffix, 'not a host/'].join(',');
        return bypassesProxy(new URL(`https://${host}/`), list);
      }),
    );
  });

  test('a suffix that does not start at a dot does not bypass the proxy', () => {
    fc.assert(
      fc.property(name, name, (host, other) => {
        fc.pre(host !== other && !host.endsWith(`.${other}`));
        return !bypassesProxy(new URL(`https://${host}/`), `${other},.${other},*.${other}`);
      }),
    );
  });

  test('an address is exactly in the ranges that share its leading bits', () => {
    const address = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255)));
    const number = (octets: readonly number[]) => octets.reduce((sum, o) => sum * 256 + o, 0);
    fc.assert(
      fc.property(address, address, fc.nat(32), (host, network, bits) => {
        fc.pre(host[0] !== 127 && !(host[0] === 169 && host[1] === 254));
        const divisor = 2 ** (32 - bits);
        const inside = Math.floor(number(host) / divisor) === Math.floor(number(network) / divisor);
        const entry = `${network.join('.')}/${bits}`;
        return bypassesProxy(new URL(`https://${host.join('.')}/`), entry) === inside;
      }),
    );
  });

  test('no text makes it throw an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (list) => {
        bypassesProxy(new URL('https://dex.example.com/'), list);
        bypassesProxy(new URL('https://10.1.2.3/'), list);
      }),
    );
  });
});
