import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CertificateAuthority, createCa } from '../../support/certificates.ts';
import { type RunningServer, startHttpServer } from '../../support/http-server.ts';
import { startProxy } from '../../support/proxy.ts';
import { type SocksBehaviour, startSocksProxy } from '../../support/socks-proxy.ts';
import { type Call, call } from './client.ts';

const closers: (() => unknown)[] = [];
let ca: CertificateAuthority;
let dex: RunningServer;
let plain: RunningServer;

beforeAll(async () => {
  ca = await createCa('Test Root');
  const pair = await ca.issue({ commonName: 'dex', hosts: ['dex.example', '10.9.8.7', 'fd00::7'] });
  const answer = () => ({ status: 200, body: 'from dex' });
  dex = await startHttpServer({ tls: pair, urlHost: 'dex.example' }, {}, answer);
  plain = await startHttpServer({ urlHost: 'dex.example' }, {}, answer);
  closers.push(dex.close, plain.close);
});
afterAll(async () => {
  for (const close of closers) await close();
});

async function socks(behaviour: SocksBehaviour = {}) {
  const started = await startSocksProxy(behaviour);
  closers.push(started.close);
  return started;
}

function through(url: string, proxy: string, options: Call = {}) {
  return call(url, {
    certificateAuthorityPem: [ca.certPem],
    env: { HTTPS_PROXY: proxy, HTTP_PROXY: proxy },
    ...options,
  });
}

describe('a SOCKS5 proxy', () => {
  test.each(['socks5', 'socks5h'])(
    '%s: the proxy resolves the name, for https and http',
    async (scheme) => {
      const proxy = await socks();
      const secure = await through(dex.origin, `${scheme}://${proxy.address}`);
      expect(secure.response?.body).toBe('from dex');
      const before = plain.requests.length;
      const insecure = await through(`${plain.origin}/token`, `${scheme}://${proxy.address}`, {
        allowHttp: true,
      });
      expect(insecure.response?.body).toBe('from dex');
      expect(plain.requests[before]?.target).toBe('/token');
      expect(proxy.targets).toEqual([`dex.example:${dex.port}`, `dex.example:${plain.port}`]);
    },
  );

  test('gets addresses of both families', async () => {
    const proxy = await socks();
    for (const host of ['10.9.8.7', '[fd00::7]']) {
      const { response } = await through(
        `https://${host}:${dex.port}`,
        `socks5://${proxy.address}`,
      );
      expect(response?.status).toBe(200);
    }
    expect(proxy.targets).toEqual([
      `10.9.8.7:${dex.port}`,
      `fd000000000000000000000000000007:${dex.port}`,
    ]);
  });

  test('can be the proxy-url of a kubeconfig', async () => {
    const proxy = await socks();
    const { response } = await call(dex.origin, {
      certificateAuthorityPem: [ca.certPem],
      proxyUrl: `socks5://${proxy.address}`,
    });
    expect(response?.status).toBe(200);
  });

  test('gets user name and password, percent-decoded', async () => {
    const proxy = await socks({ login: { username: 'us@er', password: 'p#canary' } });
    const { response } = await through(dex.origin, `socks5://us%40er:p%23canary@${proxy.address}`);
    expect(response?.status).toBe(200);
    const wrong = await through(dex.origin, `socks5://us%40er:canary@${proxy.address}`);
    expect(wrong.error?.code).toBe('proxy_failed');
    expect(wrong.error?.message).toMatch(/does not accept its user name and password$/);
    const none = await through(dex.origin, `socks5://${proxy.address}`);
    expect(none.error?.message).toMatch(/requires a user name and password$/);
    expect(none.error?.hint).toContain('socks5://user:password@host:port');
    expect(JSON.stringify([wrong, none])).not.toContain('canary');
  });

  test.each([
    [1, /denied .*\(general failure\)$/],
    [2, /denied .*\(not allowed by its rules\)$/],
    [4, /denied .*\(host unreachable\)$/],
    [5, /denied .*\(connection refused\)$/],
    [99, /denied .*\(reply 99\)$/],
  ])('reply %d is an error with the reason', async (reply, message) => {
    const proxy = await socks({ reply });
    const { error, attempts } = await through(dex.origin, `socks5://${proxy.address}`);
    expect(error?.code).toBe('proxy_failed');
    expect(error?.message).toMatch(message);
    expect(error?.message).toContain(`dex.example:${dex.port}`);
    expect(error?.hint).toContain('NO_PROXY');
    expect(attempts).toBe(1);
  });

  test('that does not respond ends at the limit of connecting', async () => {
    const proxy = await socks({ hang: true });
    const limits = { connectMs: 50 };
    const { error } = await through(dex.origin, `socks5://${proxy.address}`, { limits });
    expect(error?.message).toMatch(/still waiting for the proxy to connect/);
  });

  test('is confused with an HTTP proxy: the error names the scheme', async () => {
    const proxy = await socks();
    const asHttp = await through(dex.origin, `http://${proxy.address}`);
    expect(asHttp.error?.code).toBe('proxy_failed');
    const http = await startProxy();
    closers.push(http.close);
    const asSocks = await through(dex.origin, `socks5://127.0.0.1:${http.port}`);
    expect(asSocks.error?.code).toBe('proxy_failed');
    expect(asSocks.error?.hint).toMatch(/http:\/\/|NO_PROXY/);
  });
});

test('the scheme of a proxy with or without TLS: the error names the other one', async () => {
  const pair = await ca.issue({ commonName: 'proxy', hosts: ['127.0.0.1'] });
  const secure = await startProxy({ tls: pair });
  const insecure = await startProxy();
  closers.push(secure.close, insecure.close);
  const asHttp = await through(dex.origin, `http://127.0.0.1:${secure.port}`);
  expect(asHttp.error?.code).toBe('proxy_failed');
  const asHttps = await through(dex.origin, `https://127.0.0.1:${insecure.port}`);
  expect(asHttps.error?.hint).toMatch(/a proxy without TLS needs http:/);
});

test('-v tells that ALL_PROXY is not used', async () => {
  const { response, debug } = await call(plain.origin.replace('dex.example', '127.0.0.1'), {
    env: { ALL_PROXY: 'http://user:canary@proxy.invalid:3128' },
  });
  expect(response?.status).toBe(200);
  expect(debug.join('\n')).toContain('ALL_PROXY is not used, as in kubectl');
  expect(debug.join('\n')).not.toContain('canary');
});
