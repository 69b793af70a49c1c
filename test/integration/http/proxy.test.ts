import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CertificateAuthority, createCa, type KeyPair } from '../../support/certificates.ts';
import { first, htmlAnswer } from '../../support/faults.ts';
import { type RunningServer, startHttpServer } from '../../support/http-server.ts';
import { type ProxyOptions, startProxy } from '../../support/proxy.ts';
import { call } from './client.ts';

const closers: (() => unknown)[] = [];
let ca: CertificateAuthority;
let pair: KeyPair;
let dex: RunningServer;
let plain: RunningServer;

beforeAll(async () => {
  ca = await createCa('Test Root');
  pair = await ca.issue({ commonName: 'dex', hosts: ['dex.example', '127.0.0.1', 'localhost'] });
  const answer = () => ({ status: 200, body: 'from dex' });
  dex = await startHttpServer({ tls: pair, urlHost: 'dex.example' }, {}, answer);
  plain = await startHttpServer({ urlHost: 'dex.example' }, {}, answer);
  closers.push(dex.close, plain.close);
});
afterAll(async () => {
  for (const close of closers) await close();
});

/** Starts a proxy that resolves every name to 127.0.0.1, where all servers of these tests run. */
async function proxy(options: ProxyOptions = {}) {
  const running = await startProxy({
    resolve: (authority) => ({ host: '127.0.0.1', port: Number(authority.split(':').at(-1)) }),
    ...options,
  });
  closers.push(running.close);
  return running;
}
const lines = (requests: readonly { method: string; target: string }[]) =>
  requests.map(({ method, target }) => `${method} ${target}`);
const withCa = () => ({ certificateAuthorityPem: [ca.certPem] });

describe('a request with a proxy variable', () => {
  test('uses CONNECT for https, and the proxy sees nothing of the content', async () => {
    const { port, requests } = await proxy();
    const { response, events } = await call(`${dex.origin}/token`, {
      ...withCa(),
      env: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
      request: { method: 'POST', form: [['subject_token', 'canary']] },
    });
    expect(response).toMatchObject({ status: 200, body: 'from dex' });
    expect(lines(requests)).toEqual([`CONNECT dex.example:${dex.port}`]);
    expect(requests[0]?.credentials).toBeUndefined();
    expect(inspect(requests)).not.toContain('canary');
    expect(events[0]).toMatchObject({
      kind: 'attempt',
      proxy: { host: `127.0.0.1:${port}`, variable: 'HTTPS_PROXY' },
    });
    expect(events[1]).toMatchObject({
      kind: 'connected',
      times: {
        connectMs: expect.any(Number),
        proxyMs: expect.any(Number),
        tlsMs: expect.any(Number),
      },
    });
  });

  test('uses the absolute form for http', async () => {
    const { port, requests } = await proxy();
    const { response } = await call(`${plain.origin}/a/token?b=c`, {
      allowHttp: true,
      env: { http_proxy: `http://us%40er:p%3Ass@127.0.0.1:${port}` },
    });
    expect(response?.body).toBe('from dex');
    expect(lines(requests)).toEqual([`GET ${plain.origin}/a/token?b=c`]);
    expect(requests[0]?.headers.host).toBe(`dex.example:${plain.port}`);
    expect(requests[0]?.credentials).toEqual({ user: 'us@er', password: 'p:ss' });
  });

  test('sends the user info to the proxy only', async () => {
    const { port, requests } = await proxy();
    const { response, events } = await call(dex.origin, {
      ...withCa(),
      env: { https_proxy: `http://us%40er:p%3Ass@127.0.0.1:${port}` },
    });
    expect(response?.status).toBe(200);
    expect(requests[0]?.credentials).toEqual({ user: 'us@er', password: 'p:ss' });
    expect(dex.requests.at(-1)?.headers['proxy-authorization']).toBeUndefined();
    expect(inspect(events, { depth: 9 })).not.toMatch(/us@er|p:ss/);
  });

  test('supports a proxy with TLS and a given CA', async () => {
    const { port, requests } = await proxy({ tls: pair });
    const env = {
      HTTPS_PROXY: `https://localhost:${port}`,
      HTTP_PROXY: `https://localhost:${port}`,
    };
    expect((await call(dex.origin, { ...withCa(), env })).response?.status).toBe(200);
    const byHttp = await call(plain.origin, { ...withCa(), env, allowHttp: true });
    expect(byHttp.response?.status).toBe(200);
    expect(lines(requests)).toEqual([`CONNECT dex.example:${dex.port}`, `GET ${plain.origin}/`]);
  });

  test('shares a tunnel between two attempts', async () => {
    const { port, requests } = await proxy();
    const busyOnce = await startHttpServer(
      { tls: pair, urlHost: 'dex.example' },
      { misbehave: first(1, htmlAnswer(502)) },
      () => ({ status: 200 }),
    );
    closers.push(busyOnce.close);
    const { attempts } = await call(busyOnce.origin, {
      ...withCa(),
      env: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
    });
    expect([attempts, requests.length]).toEqual([2, 1]);
  });

  test.each(['127.0.0.1', 'localhost'])('connects to %s directly', async (host) => {
    const { port, requests } = await proxy();
    const { response } = await call(`https://${host}:${dex.port}/`, {
      ...withCa(),
      env: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
    });
    expect(response?.status).toBe(200);
    expect(requests).toHaveLength(0);
  });

  test('connects to a host in NO_PROXY directly', async () => {
    const { port, requests } = await proxy();
    const { error } = await call('https://dex.invalid/', {
      env: { HTTPS_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: '.invalid' },
    });
    expect(error?.code).toBe('server_unreachable');
    expect(requests).toHaveLength(0);
  });
});

describe('a server behind a proxy', () => {
  test('is verified by its own name', async () => {
    const { port } = await proxy();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    const wrong = await call(`https://other.example:${dex.port}/`, { ...withCa(), env });
    expect(wrong.error?.code).toBe('server_tls');
    expect(wrong.error?.message).toContain('not for other.example');
    const unknown = await call(dex.origin, { env });
    expect(unknown.error?.code).toBe('server_tls');
    expect(unknown.error?.message).toContain('Dex at dex.example');
  });

  test('can be unverified if it is dex', async () => {
    const { port } = await proxy();
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    expect((await call(dex.origin, { env, insecureSkipTlsVerify: true })).response?.status).toBe(
      200,
    );
  });
});

describe('a failing proxy', () => {
  test('accepts a request with its password and denies a wrong one', async () => {
    const { urlWithCredentials } = await proxy({ credentials: { user: 'jö:@/', password: '%:p' } });
    const env = { HTTPS_PROXY: urlWithCredentials.replace('j%C3%B6%3A', 'j%C3%B6') };
    const wrong = await call(dex.origin, { ...withCa(), env });
    expect(wrong.error?.code).toBe('proxy_failed');
    const { urlWithCredentials: right } = await proxy({
      credentials: { user: 'jö@/', password: '%:p' },
    });
    const { response } = await call(dex.origin, { ...withCa(), env: { HTTPS_PROXY: right } });
    expect(response?.status).toBe(200);
  });

  test('can recover before the next attempt', async () => {
    const recovering = await proxy({ refuse: 503 });
    const { response, attempts } = await call(dex.origin, {
      ...withCa(),
      env: { HTTPS_PROXY: recovering.url },
      onEvent: ({ kind }) => {
        if (kind === 'failed') recovering.behaviour.refuse = undefined;
      },
    });
    expect(response?.status).toBe(200);
    expect(attempts).toBe(2);
  });

  const failing = async (refuse: ProxyOptions['refuse'], extra = {}) => {
    const running = await proxy({ refuse });
    const outcome = await call(dex.origin, {
      ...withCa(),
      env: { HTTPS_PROXY: `http://user:canary@127.0.0.1:${running.port}` },
      ...extra,
    });
    expect(inspect(outcome, { depth: 9 })).not.toContain('canary');
    return { ...outcome, proxyName: `the proxy 127.0.0.1:${running.port} from HTTPS_PROXY` };
  };

  test('407: rejects the password', async () => {
    const { error, attempts, proxyName } = await failing(407);
    expect(error?.code).toBe('proxy_failed');
    expect(error?.message).toContain(`${proxyName} does not accept its user name and password`);
    expect(attempts).toBe(1);
  });

  test('407: requires a password, for CONNECT and for plain http', async () => {
    const { port } = await proxy({ credentials: { user: 'u', password: 'p' } });
    const env = { https_proxy: `127.0.0.1:${port}`, http_proxy: `127.0.0.1:${port}` };
    for (const url of [dex.origin, plain.origin]) {
      const { error } = await call(url, { env, allowHttp: true });
      expect(error?.code).toBe('proxy_failed');
      expect(error?.message).toMatch(/from https?_proxy requires a user name and password/);
    }
  });

  test('403: denies the host', async () => {
    const { error, attempts, proxyName } = await failing(403);
    expect(error?.code).toBe('proxy_failed');
    expect(error?.message).toBe(
      `${proxyName} denied the connection to dex.example:${dex.port} (403)`,
    );
    expect(error?.hint).toContain('NO_PROXY');
    expect(attempts).toBe(1);
  });

  test('502: is retried', async () => {
    const { error, attempts } = await failing(502);
    expect(error?.code).toBe('proxy_failed');
    expect(error?.message).toContain('(502) (tried 3 times)');
    expect(attempts).toBe(3);
  });

  test('closed connection: is retried three times', async () => {
    const { error, attempts } = await failing('reset');
    expect(error?.code).toBe('proxy_failed');
    expect(attempts).toBe(3);
  });

  test('no response to CONNECT', async () => {
    const { error, attempts, proxyName } = await failing('hang', { limits: { connectMs: 100 } });
    expect(error?.code).toBe('proxy_failed');
    expect(error?.message).toContain(`${proxyName} is still waiting`);
    expect(attempts).toBe(3);
  });

  test('no response within the deadline', async () => {
    const { error, proxyName } = await failing('hang', { timeoutMs: 200 });
    expect(error?.code).toBe('server_timeout');
    expect(error?.message).toContain(`through ${proxyName}`);
  });

  test('is not running, or its name does not resolve', async () => {
    const gone = await proxy();
    await gone.close();
    const env = { HTTPS_PROXY: `http://user:canary@127.0.0.1:${gone.port}` };
    const { error, attempts } = await call(dex.origin, { ...withCa(), env });
    expect(error?.code).toBe('proxy_failed');
    expect(error?.message).toContain(
      `127.0.0.1:${gone.port} from HTTPS_PROXY refused the connection`,
    );
    expect(attempts).toBe(3);
    const unknown = await call(dex.origin, { env: { HTTPS_PROXY: 'http://proxy.invalid:3128' } });
    expect(unknown.error?.code).toBe('proxy_failed');
    expect(unknown.error?.message).toContain(
      'proxy.invalid:3128 from HTTPS_PROXY does not resolve',
    );
  });

  test('must be verified even with insecure-skip-tls-verify', async () => {
    const { port } = await proxy({ tls: pair });
    const { error } = await call(dex.origin, {
      insecureSkipTlsVerify: true,
      env: { HTTPS_PROXY: `https://localhost:${port}` },
    });
    expect(error?.code).toBe('proxy_failed');
    expect(error?.message).toContain('signed by "Test Root", which is not trusted here');
  });

  test('does not speak TLS', async () => {
    const { port } = await proxy();
    const { error } = await call(dex.origin, { env: { HTTPS_PROXY: `https://127.0.0.1:${port}` } });
    expect(error?.code).toBe('proxy_failed');
  });
});
