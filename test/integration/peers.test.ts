import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { networkInterfaces } from 'node:os';
import { connect as tlsConnect } from 'node:tls';
import { SignJWT } from 'jose';
import Provider, { type AdapterFactory, type AdapterPayload } from 'oidc-provider';
import { ProxyAgent, request } from 'undici';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createCa } from '../support/certificates.ts';
import { type Dex, type DexOptions, dexClients, startDex } from '../support/dex.ts';
import {
  busyAnswer,
  type Fault,
  first,
  htmlAnswer,
  onPath,
  redirectTo,
} from '../support/faults.ts';
import { sendRequest } from '../support/http-client.ts';
import { listen, type ServerBehaviour, startHttpServer } from '../support/http-server.ts';
import { type IdpClient, startIdp } from '../support/idp.ts';
import { startProxy } from '../support/proxy.ts';

const ca = await createCa();
const tls = await ca.issue({ commonName: 'peer', hosts: ['localhost', '127.0.0.1', '::1'] });

const toClose: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(toClose.splice(0).map((close) => close()));
});
function closing<T extends { readonly close: () => Promise<void> }>(peer: T): T {
  toClose.push(peer.close);
  return peer;
}

describe('certificates', () => {
  const hello = () => ({ status: 200, body: 'hello' });

  test('are valid for their names, IPv4 and IPv6 addresses only', async () => {
    const four = closing(await startHttpServer({ tls }, {}, hello));
    const urls = [four.origin, `https://localhost:${four.port}`];
    // A container may have no IPv6.
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    if (addresses.some(({ address }) => address === '::1')) {
      urls.push(closing(await startHttpServer({ tls, host: '::1' }, {}, hello)).origin);
    }
    const options = { caPem: ca.certPem };
    for (const url of urls) {
      await expect(sendRequest(url, options), url).resolves.toMatchObject({ body: 'hello' });
    }
    await expect(sendRequest(`https://127.0.0.2:${four.port}`, options)).rejects.toThrow();
    await expect(sendRequest(four.origin, { caPem: (await createCa()).certPem })).rejects.toThrow(
      'unable to verify',
    );
  });

  test('can be expired or not yet valid', async () => {
    const dates = {
      CERT_HAS_EXPIRED: { notBefore: new Date('2020-01-01'), notAfter: new Date('2020-02-01') },
      CERT_NOT_YET_VALID: { notBefore: new Date(Date.now() + 3_600_000) },
    };
    for (const [code, validity] of Object.entries(dates)) {
      const expired = await ca.issue({ commonName: 'x', hosts: ['127.0.0.1'], ...validity });
      const server = closing(await startHttpServer({ tls: expired }, {}, hello));
      await expect(sendRequest(server.origin, { caPem: ca.certPem })).rejects.toMatchObject({
        code,
      });
    }
  });

  test('authenticate a client if the server requires it', async () => {
    const mutualTls = { ...tls, clientCaPem: ca.certPem };
    const server = closing(await startHttpServer({ tls: mutualTls }, {}, hello));
    await expect(sendRequest(server.origin, { caPem: ca.certPem })).rejects.toThrow();
    expect(server.requests).toHaveLength(0);

    const { certPem, keyPem } = await ca.issue({ commonName: 'runner', hosts: [], client: true });
    await new Promise((resolve, reject) => {
      httpsRequest(server.origin, { ca: ca.certPem, cert: certPem, key: keyPem, agent: false })
        .on('response', (response) => response.resume().on('end', resolve))
        .on('error', reject)
        .end();
    });
    expect(server.requests).toMatchObject([{ clientCertificate: 'runner' }]);
  });
});

describe('faults', () => {
  async function answerTo(fault: Fault, secure = false): Promise<unknown> {
    const behaviour: ServerBehaviour = { misbehave: () => fault };
    const server = await startHttpServer(secure ? { tls } : {}, behaviour, () => ({
      status: 200,
      body: 'usual',
    }));
    try {
      // Only responses that never end need a short timeout; others need time on a busy machine.
      const endless =
        fault.kind === 'hang' || (fault.kind === 'drip' && fault.stepMs === undefined);
      const timeoutMs = endless ? 250 : 20_000;
      return await sendRequest(server.origin, { caPem: ca.certPem, timeoutMs }).catch(
        (error: NodeJS.ErrnoException) => error.code ?? error.name,
      );
    } finally {
      await server.close();
    }
  }

  test.each([false, true])('reach a client (https: %s)', async (secure) => {
    expect(await answerTo(htmlAnswer(502), secure)).toMatchObject({
      status: 502,
      headers: { 'content-type': 'text/html' },
      body: expect.stringContaining('502 Bad Gateway'),
    });
    expect(await answerTo(redirectTo('https://x.example/', 307), secure)).toMatchObject({
      status: 307,
      headers: { location: 'https://x.example/' },
    });
    expect(await answerTo(busyAnswer(429, '3'), secure)).toMatchObject({
      status: 429,
      headers: { 'retry-after': '3' },
    });
    expect(await answerTo({ kind: 'delay', ms: 30 }, secure)).toMatchObject({ body: 'usual' });
    expect(await answerTo({ kind: 'hang' }, secure)).toBe('ABORT_ERR');
    expect(await answerTo({ kind: 'hang', afterHead: true }, secure)).toBe('ABORT_ERR');
    expect(await answerTo({ kind: 'drip', body: 'x'.repeat(100) }, secure)).toBe('ABORT_ERR');
    expect(await answerTo({ kind: 'drip', body: 'abc', stepMs: 1 }, secure)).toMatchObject({
      body: 'abc',
    });
    expect(await answerTo({ kind: 'reset' }, secure)).toBe('ECONNRESET');
    expect(await answerTo({ kind: 'reset', afterHead: true }, secure)).toBe('ECONNRESET');
    expect(await answerTo({ kind: 'truncate', body: '{"a":' }, secure)).toBe('ECONNRESET');
    expect(await answerTo({ kind: 'raw', bytes: 'SSH-2.0-x\r\n' }, secure)).toBe(
      'HPE_INVALID_CONSTANT',
    );
    const large = (await answerTo({ kind: 'oversize', bytes: 3_000_000 }, secure)) as {
      body: string;
    };
    expect(large.body).toHaveLength(3_000_000);
  });

  test('can be limited to a path or to the first requests', async () => {
    const misbehave = onPath('/token', first(1, htmlAnswer(503)));
    const server = closing(await startHttpServer({}, { misbehave }, () => ({ status: 200 })));
    const statuses = [];
    for (const path of ['/keys', '/token', '/token']) {
      statuses.push((await sendRequest(server.origin + path)).status);
    }
    expect(statuses).toEqual([200, 503, 200]);
  });

  test('do not keep a server from closing, and neither do missing handshakes', async () => {
    const server = await startHttpServer({ tls }, { misbehave: () => ({ kind: 'hang' }) }, () => ({
      status: 200,
    }));
    const response = sendRequest(server.origin, { caPem: ca.certPem }).catch(() => 'gone');
    const idle = tlsConnect({ port: server.port, host: '127.0.0.1', ca: ca.certPem });
    idle.on('error', () => undefined);
    await new Promise((resolve) => idle.once('secureConnect', resolve));
    await expect.poll(() => server.requests.length).toBe(1);
    await server.close();
    await expect(response).resolves.toBe('gone');
  });
});

describe('the IdP', () => {
  const signer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const secret = 'idp+s3cr%2Ft:&=';
  const clients = [
    { clientId: 'with-basic', clientSecret: secret },
    { clientId: 'with-post', clientSecret: secret },
    {
      clientId: 'with-key',
      publicKeyPem: signer.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    },
  ] satisfies IdpClient[];

  /** A certified server as the reference for the strictness of a token endpoint. */
  let reference: { readonly server: Server; readonly issuer: string };
  beforeAll(async () => {
    const server = createServer();
    const issuer = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`;
    const common = {
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
    };
    const stored = new Map<string, AdapterPayload>();
    const memory: AdapterFactory = (model) => ({
      upsert: async (id, payload) => void stored.set(model + id, payload),
      find: async (id) => stored.get(model + id),
      findByUserCode: async () => undefined,
      findByUid: async () => undefined,
      consume: async () => undefined,
      destroy: async (id) => void stored.delete(model + id),
      revokeByGrantId: async () => undefined,
    });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const serverKey = { ...privateKey.export({ format: 'jwk' }), use: 'sig' };
    const provider = new Provider(issuer, {
      features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
      // The default store, keys and lifetimes would each print a warning.
      adapter: memory,
      jwks: { keys: [serverKey] },
      ttl: { ClientCredentials: 60 },
      clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt'],
      clients: [
        {
          ...common,
          client_id: 'with-basic',
          client_secret: secret,
          token_endpoint_auth_method: 'client_secret_basic',
        },
        {
          ...common,
          client_id: 'with-post',
          client_secret: secret,
          token_endpoint_auth_method: 'client_secret_post',
        },
        {
          ...common,
          client_id: 'with-key',
          token_endpoint_auth_method: 'private_key_jwt',
          token_endpoint_auth_signing_alg: 'ES256',
          jwks: { keys: [{ ...signer.publicKey.export({ format: 'jwk' }), alg: 'ES256' }] },
        },
      ],
    });
    server.on('request', provider.callback());
    reference = { server, issuer };
  });
  afterAll(() => {
    reference.server.close();
    reference.server.closeAllConnections();
  });

  const encode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);
  const basic = (user: string, password: string) => ({
    authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
  });
  const assertion = async (issuer: string, claims: Record<string, unknown> = {}) => {
    const now = Math.floor(Date.now() / 1000);
    return await new SignJWT({
      iss: 'with-key',
      sub: 'with-key',
      aud: issuer,
      jti: randomUUID(),
      iat: now,
      exp: now + 60,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256' })
      .sign(signer.privateKey);
  };
  const withAssertion = async (issuer: string, claims?: Record<string, unknown>) => ({
    body: {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion(issuer, claims),
    },
  });
  interface Attempt {
    readonly headers?: Record<string, string>;
    readonly body?: Record<string, string>;
  }
  const attempts: Record<string, (issuer: string) => Attempt | Promise<Attempt>> = {
    'basic, form-encoded': () => ({ headers: basic('with-basic', encode(secret)) }),
    'basic, raw': () => ({ headers: basic('with-basic', secret) }),
    'basic, wrong': () => ({ headers: basic('with-basic', 'wrong') }),
    'basic, unknown': () => ({ headers: basic('nobody', encode(secret)) }),
    'basic, stray %': () => ({ headers: basic('with-basic', '%zz') }),
    'basic and form': () => ({
      headers: basic('with-basic', encode(secret)),
      body: { client_id: 'with-basic', client_secret: secret },
    }),
    post: () => ({ body: { client_id: 'with-post', client_secret: secret } }),
    'post, wrong': () => ({ body: { client_id: 'with-post', client_secret: 'wrong' } }),
    'post, no secret': () => ({ body: { client_id: 'with-post' } }),
    nothing: () => ({}),
    key: (issuer) => withAssertion(issuer),
    'key, expired': (issuer) => withAssertion(issuer, { exp: 1_700_000_000 }),
    'key, no exp': (issuer) => withAssertion(issuer, { exp: undefined }),
    'key, no jti': (issuer) => withAssertion(issuer, { jti: undefined }),
    'key, other aud': () => withAssertion('https://other.example'),
    'key, other iss': (issuer) => withAssertion(issuer, { iss: 'somebody' }),
    'key, other grant': async (issuer) => {
      const { body } = await withAssertion(issuer);
      return { body: { ...body, grant_type: 'password' } };
    },
  };

  test('accepts and denies the same clients as oidc-provider', async () => {
    const idp = closing(await startIdp({ clients }));
    const outcomes = async (tokenUrl: string, issuer: string) => {
      const accepted: Record<string, boolean> = {};
      for (const [name, attempt] of Object.entries(attempts)) {
        const { headers = {}, body = {} } = await attempt(issuer);
        accepted[name] = (await post(tokenUrl, body, headers)).status === 200;
      }
      const { body } = await withAssertion(issuer, { jti: 'once' });
      accepted['key, first use'] = (await post(tokenUrl, body)).status === 200;
      accepted['key, second use'] = (await post(tokenUrl, body)).status === 200;
      return accepted;
    };
    const here = await outcomes(idp.tokenUrl, idp.issuer);
    expect(here).toEqual(await outcomes(`${reference.issuer}/token`, reference.issuer));
    const accepted = Object.keys(here).filter((name) => here[name]);
    expect(accepted).toEqual(['basic, form-encoded', 'post', 'key', 'key, first use']);
  });

  test('userinfo requires scope openid, like Keycloak', async () => {
    const idp = closing(await startIdp({ clients, tls, path: '/realms/ci' }));
    const ask = async (scope: string | undefined) => {
      const body = { client_id: 'with-post', client_secret: secret, ...(scope && { scope }) };
      const answer = JSON.parse((await post(idp.tokenUrl, body)).body) as Record<string, string>;
      const userinfo = await sendRequest(`${idp.url}/userinfo`, {
        caPem: ca.certPem,
        headers: { authorization: `Bearer ${answer['access_token']}` },
      });
      return { answer, userinfo };
    };
    const without = await ask(undefined);
    expect(without.answer).not.toHaveProperty('id_token');
    expect(without.answer).toMatchObject({ scope: 'email profile', expires_in: 300 });
    expect(without.userinfo.status).toBe(403);
    const openid = await ask('openid');
    expect(openid.answer).toMatchObject({ id_token: expect.any(String) });
    expect(JSON.parse(openid.userinfo.body)).toMatchObject({
      sub: 'user-of-with-post',
      email: 'service-account-with-post@example.com',
      email_verified: true,
    });
    idp.behaviour.accessTokenForm = 'opaque';
    const opaque = await ask('openid');
    expect(opaque.answer['access_token']).not.toContain('.');
    expect(opaque.userinfo.status).toBe(200);
    idp.behaviour.clockSkewSeconds = 3600;
    const later = await sendRequest(`${idp.url}/userinfo`, {
      caPem: ca.certPem,
      headers: { authorization: `Bearer ${openid.answer['access_token']}` },
    });
    expect(later.status).toBe(401);
    expect(idp.tokenRequests()).toHaveLength(3);
  });

  test('mints tokens larger than the limit of a header', async () => {
    const idp = closing(await startIdp());
    expect((await idp.mintGitlab('huge')).length).toBeGreaterThan(20_000);
  });
});

describe('Dex', () => {
  const [ci] = dexClients;

  async function mockDex(options: DexOptions = {}): Promise<Dex> {
    return closing(await startDex({ tls, ...options }));
  }
  async function exchange(dex: Dex, fields: Record<string, string> = {}) {
    const answer = await post(dex.tokenUrl, {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      client_id: ci.id,
      client_secret: ci.secret,
      connector_id: 'mock',
      subject_token: 'x',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      scope: 'openid email audience:server:client_id:kubernetes',
      ...fields,
    });
    const json = JSON.parse(answer.body) as Record<string, unknown>;
    const payload = String(json['access_token'] ?? '').split('.')[1] ?? '';
    const text = Buffer.from(payload, 'base64url').toString('utf8') || '{}';
    return { ...answer, json, claims: JSON.parse(text) as Record<string, number> };
  }

  test.each([
    [{}, '/', ''],
    [{ trailingSlash: false }, '', ''],
    [{ path: '/dex' }, '/dex/', '/dex'],
    [{ path: '/dex', trailingSlash: false }, '/dex', '/dex'],
  ])('has an issuer with or without a slash and a path: %o', async (options, ending, path) => {
    const dex = await mockDex(options);
    const origin = `https://127.0.0.1:${dex.port}`;
    expect(dex).toMatchObject({
      issuer: origin + ending,
      url: origin + path,
      tokenUrl: `${origin}${path}/token`,
    });
    const { status, claims } = await exchange(dex);
    expect(status).toBe(200);
    expect(claims['iss']).toBe(dex.issuer);
  });

  test('has a token lifetime, a clock and keys that a test can change', async () => {
    const dex = await mockDex({ tokenLifeSeconds: 5, clockSkewSeconds: -7200 });
    const now = Date.now() / 1000;
    const short = await exchange(dex);
    expect(short.json['expires_in']).toBe(4);
    const { iat = 0, exp = 0 } = short.claims;
    expect(exp - iat).toBe(5);
    expect(Math.abs(iat - (now - 7200))).toBeLessThan(3);
    const date = Date.parse(short.headers['date'] ?? '') / 1000;
    expect(Math.abs(date - (now - 7200))).toBeLessThan(3);

    dex.behaviour.tokenLifeSeconds = 0;
    expect((await exchange(dex)).json).not.toHaveProperty('expires_in');

    const keys = async (): Promise<unknown[]> => {
      const answer = await sendRequest(`${dex.url}/keys`, { caPem: ca.certPem });
      return (JSON.parse(answer.body) as { keys: unknown[] }).keys;
    };
    const before = await keys();
    await dex.rotateKeys();
    expect((await keys()).slice(1)).toEqual(before);
    expect(dex.tokenRequests()).toHaveLength(2);
    expect(dex.requests).toHaveLength(4);
  });

  test('can send responses that Dex never sends', async () => {
    const dex = await mockDex({
      editClaims: ({ exp: _exp, ...claims }) => claims,
      editAnswer: (answer) => ({ ...answer, expires_in: 'soon' }),
    });
    const { json, claims } = await exchange(dex);
    expect(json['expires_in']).toBe('soon');
    expect(claims).not.toHaveProperty('exp');
  });

  test('a connector does not exist while its IdP is down', async () => {
    const idp = await startIdp({ tls });
    const { issuer, port } = idp;
    await idp.close();
    const dex = await mockDex({ idps: { gitlab: { issuer, caPem: ca.certPem } } });
    const attempt = (token: string) =>
      exchange(dex, { connector_id: 'gitlab', subject_token: token });
    expect((await attempt('x')).json).toEqual({
      error: 'invalid_request',
      error_description: 'Requested connector does not exist.',
    });
    expect(dex.log.at(-1)).toContain('ECONNREFUSED');
    const again = closing(await startIdp({ tls, port }));
    expect((await attempt(await again.mintGitlab())).status).toBe(200);
  });

  test('denies a connector that the client may not use, like Dex after 2.45.1', async () => {
    const dex = await mockDex({ clients: [{ ...ci, allowedConnectors: ['gitlab'] }] });
    expect(await exchange(dex)).toMatchObject({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'Connector not allowed for this client.' },
    });
  });
});

describe('the proxy', () => {
  const credentials = { user: 'пользователь', password: 'p:@/ %' };

  async function through(url: string, target: string): Promise<{ status: number; text: string }> {
    const dispatcher = new ProxyAgent({
      uri: url,
      requestTls: { ca: ca.certPem },
      proxyTls: { ca: ca.certPem },
      proxyTunnel: target.startsWith('https:'),
    });
    try {
      const response = await request(target, { dispatcher, method: 'POST', body: 'a=b' });
      return { status: response.statusCode, text: await response.body.text() };
    } finally {
      await dispatcher.destroy();
    }
  }

  test.each([false, true])('tunnels and forwards (TLS to the proxy: %s)', async (secure) => {
    const echo = (answered: { body: string }) => ({ status: 200, body: `got ${answered.body}` });
    const https = closing(await startHttpServer({ tls }, {}, echo));
    const http = closing(await startHttpServer({}, {}, echo));
    const proxy = closing(await startProxy({ credentials, ...(secure ? { tls } : {}) }));
    for (const { origin } of [https, http]) {
      expect(await through(proxy.urlWithCredentials, `${origin}/x?y=z`)).toEqual({
        status: 200,
        text: 'got a=b',
      });
    }
    expect(proxy.requests).toMatchObject([
      { method: 'CONNECT', target: new URL(https.origin).host, credentials, outcome: 'passed' },
      { method: 'POST', target: `${http.origin}/x?y=z`, credentials, outcome: 'passed' },
    ]);
    expect(http.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
    expect(http.requests[0]).toMatchObject({ target: '/x?y=z', body: 'a=b' });
  });

  test('rejects, hangs and resets', async () => {
    const server = closing(await startHttpServer({ tls }, {}, () => ({ status: 200 })));
    const plain = closing(await startHttpServer({}, {}, () => ({ status: 200 })));
    const proxy = closing(await startProxy({ credentials }));
    await expect(through(proxy.url, server.origin)).rejects.toThrow('407');
    await expect(through(proxy.url, plain.origin)).rejects.toThrow('407');
    proxy.behaviour.refuse = 403;
    await expect(through(proxy.urlWithCredentials, server.origin)).rejects.toThrow('403');
    expect(await through(proxy.urlWithCredentials, plain.origin)).toMatchObject({ status: 403 });
    proxy.behaviour.refuse = 'reset';
    await expect(through(proxy.urlWithCredentials, server.origin)).rejects.toThrow();
    await expect(through(proxy.urlWithCredentials, plain.origin)).rejects.toThrow();
    proxy.behaviour.refuse = 'hang';
    const hanging = through(proxy.urlWithCredentials, server.origin).catch(() => 'gone');
    await expect.poll(() => proxy.requests.length).toBe(7);
    await proxy.close();
    await expect(hanging).resolves.toBe('gone');
    expect([...server.requests, ...plain.requests]).toEqual([]);
    expect(new Set(proxy.requests.map(({ outcome }) => outcome))).toEqual(new Set(['refused']));
  });

  test('resolves names that are not in DNS, and reports an unreachable target', async () => {
    const named = await ca.issue({ commonName: 'dex', hosts: ['dex.example.com'] });
    const server = closing(await startHttpServer({ tls: named }, {}, () => ({ status: 204 })));
    const proxy = closing(
      await startProxy({ resolve: () => ({ host: '127.0.0.1', port: server.port }) }),
    );
    expect(await through(proxy.url, 'https://dex.example.com/')).toMatchObject({ status: 204 });
    expect(proxy.requests).toMatchObject([{ target: 'dex.example.com:443', outcome: 'passed' }]);
    await server.close();
    await expect(through(proxy.url, 'https://dex.example.com/')).rejects.toThrow('502');
    expect(proxy.requests.at(-1)).toMatchObject({ outcome: 'unreachable' });
  });
});

function post(
  url: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
) {
  return sendRequest(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...fields }).toString(),
    caPem: ca.certPem,
  });
}
