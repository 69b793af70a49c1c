import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import { type CertificateAuthority, createCa, type KeyPair } from '../../support/certificates.ts';
import { listen, startHttpServer, type TlsOptions } from '../../support/http-server.ts';
import { startProxy } from '../../support/proxy.ts';
import { call } from './client.ts';

const day = 24 * 3_600_000;
const closers: (() => unknown)[] = [];
let ca: CertificateAuthority;
let otherCa: CertificateAuthority;
let local: KeyPair;

beforeAll(async () => {
  ca = await createCa('Test Root');
  otherCa = await createCa('Other Root');
  local = await ca.issue({ commonName: 'dex', hosts: ['127.0.0.1', '::1', 'localhost'] });
});
afterAll(async () => {
  for (const close of closers) await close();
});

async function origin(tls: TlsOptions, host?: string): Promise<string> {
  const options = host === undefined ? { tls } : { tls, host };
  const server = await startHttpServer(options, {}, (request) => ({
    status: 200,
    body: request.clientCertificate ?? 'no client certificate',
  }));
  closers.push(server.close);
  return server.origin;
}

describe('a server is trusted, or not:', () => {
  test('one with a given CA', async () => {
    const url = await origin(local);
    const { response, events } = await call(url, { certificateAuthorityPem: [ca.certPem] });
    expect(response?.status).toBe(200);
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'connected',
        tlsVersion: 'TLSv1.3',
        times: expect.objectContaining({ tlsMs: expect.any(Number) }),
      }),
    );
  });

  test('one with one of several given CAs, in one PEM text or in two', async () => {
    const url = await origin(local);
    for (const pems of [
      [otherCa.certPem, ca.certPem],
      [`# comment\n${otherCa.certPem}\r\n${ca.certPem}`],
    ]) {
      expect((await call(url, { certificateAuthorityPem: pems })).response?.status).toBe(200);
    }
  });

  test('not one with an unknown CA', async () => {
    const url = await origin(local);
    for (const pems of [[], [otherCa.certPem]]) {
      const { error, attempts } = await call(url, { certificateAuthorityPem: pems });
      expect(error?.code).toBe('server_tls');
      expect(error?.message).toContain('signed by "Test Root", which is not trusted here');
      expect(error?.hint).toContain('--dex-certificate-authority');
      expect(attempts).toBe(1);
    }
  });

  test('not one with a CA of the same name', async () => {
    const impostor = await createCa('Test Root');
    const pair = await impostor.issue({ commonName: 'x', hosts: ['127.0.0.1'] });
    const { error } = await call(await origin(pair), { certificateAuthorityPem: [ca.certPem] });
    expect(error?.code).toBe('server_tls');
  });

  test('not one with a certificate for other names, which the error lists', async () => {
    const hosts = ['a.example', 'b.example', '10.0.0.1', 'c.example', 'd.example'];
    const pair = await ca.issue({ commonName: 'a.example', hosts });
    const { error, attempts } = await call(await origin(pair), {
      certificateAuthorityPem: [ca.certPem],
    });
    expect(error?.code).toBe('server_tls');
    expect(error?.message).toContain(
      'its certificate is for a.example, b.example, 10.0.0.1, c.example and 1 more, not for 127.0.0.1',
    );
    expect(attempts).toBe(1);
  });

  test('not one with an expired certificate', async () => {
    const notAfter = new Date(Date.UTC(2025, 0, 2, 3, 4, 5));
    const notBefore = new Date(notAfter.getTime() - 30 * day);
    const pair = await ca.issue({ commonName: 'x', hosts: ['127.0.0.1'], notBefore, notAfter });
    const { error } = await call(await origin(pair), { certificateAuthorityPem: [ca.certPem] });
    expect(error?.code).toBe('server_tls');
    expect(error?.message).toContain('its certificate expired on Jan 2 03:04:05 2025 GMT');
  });

  test('not one with a certificate that is not valid yet', async () => {
    const notBefore = new Date(Date.now() + day);
    const pair = await ca.issue({ commonName: 'x', hosts: ['127.0.0.1'], notBefore });
    const { error } = await call(await origin(pair), { certificateAuthorityPem: [ca.certPem] });
    expect(error?.code).toBe('server_tls');
    expect(error?.message).toContain('is not valid before');
    expect(error?.hint).toContain('clock');
  });

  test('not one that speaks plain HTTP', async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    closers.push(() => plain.close());
    const { error } = await call(
      `https://127.0.0.1:${await listen(plain as never, '127.0.0.1', 0)}/`,
    );
    expect(error?.code).toBe('server_tls');
    expect(error?.message).toContain('does not speak TLS on this port');
  });

  test('not one that only supports TLS 1.1', async () => {
    const old = createTlsServer({
      cert: local.certPem,
      key: local.keyPem,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const sockets: Socket[] = [];
    old.on('connection', (socket) => sockets.push(socket.on('error', () => {})));
    closers.push(() => {
      old.close();
      for (const socket of sockets) socket.destroy();
    });
    const port = await listen(old as never, '127.0.0.1', 0);
    const { error } = await call(`https://127.0.0.1:${port}/`, {
      certificateAuthorityPem: [ca.certPem],
    });
    expect(error?.code).toBe('server_tls');
    expect(error?.message).toContain('TLS 1.2');
  });

  test('a connection that is closed in the handshake is retried', async () => {
    const closing = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.destroy());
    });
    closers.push(() => closing.close());
    const port = await listen(closing as never, '127.0.0.1', 0);
    const { error, attempts } = await call(`https://127.0.0.1:${port}/`);
    expect(error?.code).toBe('server_unreachable');
    expect(error?.message).toContain('in the TLS handshake');
    expect(attempts).toBe(3);
  });
});

describe('literal addresses', () => {
  test.each(['127.0.0.1', '::1'])('%s is verified, but not sent as SNI', async (host) => {
    const names: unknown[] = [];
    const server = createTlsServer({
      cert: local.certPem,
      key: local.keyPem,
      SNICallback(name, callback) {
        names.push(name);
        callback(null);
      },
    });
    server.on('secureConnection', (socket) =>
      socket
        .on('error', () => {})
        .end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'),
    );
    closers.push(() => server.close());
    let port: number;
    try {
      port = await listen(server as never, host, 0);
    } catch {
      return; // no IPv6 on this machine
    }
    const certificateAuthorityPem = [ca.certPem];
    const literal = host.includes(':') ? `[${host}]` : host;
    const byAddress = await call(`https://${literal}:${port}/`, { certificateAuthorityPem });
    expect(byAddress.response?.status).toBe(200);
    expect(names).toEqual([]);
    const byName = await call(`https://localhost:${port}/`, { certificateAuthorityPem });
    expect(byName.response?.status).toBe(200);
    expect(names).toEqual(['localhost']);
  });
});

test.each(['dex', 'idp', 'ci', 'kubernetes'] as const)(
  'an intermediate CA is enough for %s, and through a proxy with TLS',
  async (peer) => {
    const issuing = await ca.issueCa('Issuing');
    const pair = await issuing.issue({ commonName: 'x', hosts: ['127.0.0.1', 'peer.example'] });
    const url = await origin(pair);
    const proxy = await startProxy({
      tls: pair,
      resolve: () => ({ host: '127.0.0.1', port: Number(new URL(url).port) }),
    });
    onTestFinished(proxy.close);
    const settings = { certificateAuthorityPem: [issuing.certPem], request: { peer } };
    expect((await call(url, settings)).response?.status).toBe(200);
    const env = { HTTPS_PROXY: proxy.url };
    const named = url.replace('127.0.0.1', 'peer.example');
    expect((await call(named, { ...settings, env })).response?.status).toBe(200);
    expect(proxy.requests).toHaveLength(1);
    // Only given CAs are trusted, not what they would sign for others.
    const root = await call(await origin(local), settings);
    expect(root.error?.code).toBe('server_tls');
  },
);

describe('settings for dex only:', () => {
  test.each(['idp', 'ci'] as const)(
    'insecure-skip-tls-verify does not apply to %s',
    async (peer) => {
      const url = await origin(local);
      const dex = await call(url, { insecureSkipTlsVerify: true });
      expect(dex.response?.status).toBe(200);
      const other = await call(url, { insecureSkipTlsVerify: true, request: { peer } });
      expect(other.error?.code).toBe('server_tls');
    },
  );

  test.each(['idp', 'ci'] as const)('the client certificate is not sent to %s', async (peer) => {
    const url = await origin({ ...local, clientCaPem: ca.certPem });
    const pair = await ca.issue({ commonName: 'pipeline', hosts: [], client: true });
    const settings = {
      certificateAuthorityPem: [ca.certPem],
      clientCertificatePem: pair.certPem,
      clientKeyPem: new Secret(pair.keyPem),
    };
    expect((await call(url, settings)).response?.body).toBe('pipeline');
    const other = await call(url, { ...settings, request: { peer } });
    expect(other.error?.code).toBe('server_tls');
  });

  test('an error if the server requires a client certificate and none is set', async () => {
    const url = await origin({ ...local, clientCaPem: ca.certPem });
    const { error } = await call(url, { certificateAuthorityPem: [ca.certPem] });
    expect(error?.code).toBe('server_tls');
    expect(error?.message).toContain('certificate required');
    expect(error?.hint).toContain('--dex-client-certificate');
  });

  test('an error if the server does not trust the CA of the client certificate', async () => {
    const url = await origin({ ...local, clientCaPem: ca.certPem });
    const pair = await otherCa.issue({ commonName: 'unknown', hosts: [], client: true });
    const { error } = await call(url, {
      certificateAuthorityPem: [ca.certPem],
      clientCertificatePem: pair.certPem,
      clientKeyPem: new Secret(pair.keyPem),
    });
    expect(error?.code).toMatch(/^server_(tls|unreachable)$/);
  });
});

describe('invalid settings', () => {
  const expectInvalid = async (settings: Parameters<typeof call>[1], message: string) => {
    const { error } = await call('https://127.0.0.1:1/', settings);
    expect(error).toMatchObject({ code: 'setting_invalid' });
    expect(error?.message).toContain(message);
  };

  test('certificate-authority', async () => {
    await expectInvalid({ certificateAuthorityPem: ['x'] }, 'certificate-authority contains no');
    await expectInvalid(
      { certificateAuthorityPem: [local.keyPem] },
      'certificate-authority contains no',
    );
    const truncated = ca.certPem.replace(/\n[^\n]+\n-----END/, '\n-----END');
    await expectInvalid(
      { certificateAuthorityPem: [ca.certPem + truncated] },
      'certificate 2 of 2 is invalid',
    );
  });

  test('client-certificate and client-key', async () => {
    const key = new Secret(local.keyPem);
    await expectInvalid({ clientCertificatePem: local.certPem }, 'without client-key');
    await expectInvalid({ clientKeyPem: key }, 'without client-certificate');
    await expectInvalid({ clientCertificatePem: ca.certPem, clientKeyPem: key }, 'client-key');
    await expectInvalid({ clientCertificatePem: 'x', clientKeyPem: key }, 'client-certificate');
  });
});

describe('environment of the process:', () => {
  const script = fileURLToPath(new URL('./get.ts', import.meta.url));
  const run = async (url: string, env: Record<string, string>, caPem = '') => {
    const { NODE_EXTRA_CA_CERTS: _e, SSL_CERT_FILE: _f, SSL_CERT_DIR: _d, ...clean } = process.env;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, url], {
      env: { ...clean, TEST_CA: caPem, ...env },
    });
    return { stdout, stderr };
  };

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect and causes no warning', async () => {
    const url = await origin(local);
    const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
    expect(await run(url, env)).toEqual({ stdout: 'server_tls, still 0', stderr: '' });
    expect(await run(url, env, ca.certPem)).toEqual({ stdout: '200, still 0', stderr: '' });
  });

  test('a given CA is trusted in addition to those of Node and of the system', async () => {
    const url = await origin(local);
    const folder = await mkdtemp(join(tmpdir(), 'dexchange-tls-'));
    closers.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'ca.pem');
    await writeFile(file, ca.certPem);
    const given = otherCa.certPem;
    expect((await run(url, {}, given)).stdout).toContain('server_tls');
    expect((await run(url, { NODE_EXTRA_CA_CERTS: file }, given)).stdout).toContain('200');
    expect((await run(url, { SSL_CERT_FILE: file }, given)).stdout).toContain('200');
    expect((await run(url, { SSL_CERT_FILE: file })).stdout).toContain('200');
    expect((await run(url, { SSL_CERT_DIR: `/missing${delimiter}${folder}` })).stdout).toContain(
      '200',
    );
  });

  test('neither the deadline nor an open connection keeps the process running', async () => {
    const url = await origin(local);
    // Otherwise the test would time out, because the deadline is one hour.
    expect((await run(url, {}, ca.certPem)).stdout).toContain('200');
  });
});
