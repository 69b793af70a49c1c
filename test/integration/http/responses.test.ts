import { createServer } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../../src/secret.ts';
import {
  busyAnswer,
  type Fault,
  first,
  htmlAnswer,
  jsonAnswer,
  redirectTo,
} from '../../support/faults.ts';
import {
  listen,
  type RunningServer,
  type ServerBehaviour,
  startHttpServer,
} from '../../support/http-server.ts';
import { call } from './client.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function server(misbehave?: ServerBehaviour['misbehave']): Promise<RunningServer> {
  const running = await startHttpServer({}, { misbehave }, () => ({
    status: 200,
    headers: { 'Content-Type': 'application/json', 'X-Twice': 'a' },
    body: '{"ok":"grüße"}',
  }));
  closers.push(running.close);
  return running;
}

const always = (fault: Fault) => () => fault;

describe('a request', () => {
  test('is sent unchanged', async () => {
    const { origin, requests } = await server();
    const { response, attempts } = await call(`${origin}/dex/token?a=b%20c`, {
      request: {
        method: 'POST',
        headers: [
          ['User-Agent', 'dexchange/1.2.3'],
          ['Authorization', new Secret('Basic eDp5')],
        ],
        form: [
          ['grant_type', 'urn:x'],
          ['subject_token', new Secret('a+b &=ü')],
        ],
      },
    });
    expect(response).toMatchObject({ status: 200, body: '{"ok":"grüße"}' });
    expect(response?.headers).toMatchObject({ 'content-type': 'application/json', 'x-twice': 'a' });
    expect(attempts).toBe(1);
    const [request] = requests;
    expect(request?.target).toBe('/dex/token?a=b%20c');
    expect(request?.body).toBe('grant_type=urn%3Ax&subject_token=a%2Bb+%26%3D%C3%BC');
    expect(request?.headers).toMatchObject({
      'accept-encoding': 'identity',
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'dexchange/1.2.3',
      authorization: 'Basic eDp5',
    });
  });

  test.each([200, 204, 400, 401, 403, 404, 418, 500, 501])(
    'returns a response with status %i',
    async (status) => {
      const { origin, requests } = await server(always({ kind: 'answer', status }));
      expect((await call(origin)).response?.status).toBe(status);
      expect(requests).toHaveLength(1);
    },
  );

  test('to a rejected URL is not sent', async () => {
    const { error, attempts } = await call('http://dex.example.com/token');
    expect(error?.code).toBe('url_insecure');
    expect(attempts).toBe(0);
  });

  test('with a line break in a token is not sent, and the error does not contain the token', async () => {
    const { origin, requests } = await server();
    const { error } = await call(origin, {
      request: { headers: [['authorization', new Secret('Bearer canary\nx: y')]] },
    });
    expect(error?.code).toBe('setting_invalid');
    expect(error?.message).toContain('authorization');
    expect(error?.message).not.toContain('canary');
    expect(requests).toHaveLength(0);
  });

  test('reuses the connection of the previous request', async () => {
    const { createHttp } = await import('../../../src/platform/http/http.ts');
    const { createDeadline } = await import('../../../src/platform/deadline.ts');
    const { origin, connections, requests } = await server();
    const http = createHttp(
      { allowHttp: false, certificateAuthorityPem: [], insecureSkipTlsVerify: false, env: {} },
      createDeadline(20_000, performance),
      { now: Date.now, random: () => 0, userAgent: 'dexchange/test', trace: () => {} },
    );
    const request = { peer: 'dex', method: 'GET', url: origin, headers: [] } as const;
    await http.send(request);
    await http.send(request);
    await http.close();
    expect(requests).toHaveLength(2);
    expect(connections()).toBe(1);
  });
});

describe('an invalid response:', () => {
  test('a redirect is not followed, and the error does not contain its query', async () => {
    const { origin, requests } = await server(
      always(redirectTo('https://login.example.com/auth?state=canary')),
    );
    const { error, attempts } = await call(origin, { request: { method: 'POST' } });
    expect(error?.code).toBe('server_redirect');
    expect(error?.message).toContain('redirects to https://login.example.com (302)');
    expect(error?.message).not.toContain('canary');
    expect([attempts, requests.length]).toEqual([1, 1]);
  });

  test.each(['/login', '//[', 'x\u202ey'])('a redirect to %j', async (location) => {
    const { origin } = await server(
      always({ kind: 'answer', status: 307, headers: { location: encodeURI(location) } }),
    );
    expect((await call(origin)).error?.code).toBe('server_redirect');
  });

  test('304 is no redirect: something answered a question that was not asked', async () => {
    const { origin, requests } = await server(always({ kind: 'answer', status: 304 }));
    const { error, attempts } = await call(origin);
    expect(error?.code).toBe('server_nonsense');
    expect(error?.message).toContain('answered 304 (Not Modified)');
    expect(error?.message).not.toContain('redirect');
    expect(error?.hint).toMatch(/cache, gateway or proxy/);
    expect([attempts, requests.length]).toEqual([1, 1]);
  });

  test.each([true, false])('more than 1 MiB (length declared: %s)', async (declareLength) => {
    const { origin } = await server(always({ kind: 'oversize', bytes: 2 ** 21, declareLength }));
    const { error, attempts } = await call(origin);
    expect(error?.code).toBe('server_too_large');
    expect(attempts).toBe(1);
  });

  test('headers that are too large', async () => {
    const { origin } = await server(
      always({ kind: 'raw', bytes: `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n` }),
    );
    expect((await call(origin)).error?.code).toBe('server_too_large');
  });

  test.each([
    'SSH-2.0-OpenSSH_9.2\r\n',
    '\u0015\u0003\u0001\u0000\u0002\u0002\u0046',
    'HTTP/1.1 xyz\r\n\r\n',
  ])('not HTTP: %j', async (bytes) => {
    const { origin } = await server(always({ kind: 'raw', bytes }));
    const { error, attempts } = await call(origin);
    expect(error?.code).toBe('server_nonsense');
    expect(attempts).toBe(1);
  });

  test('compressed although the request does not allow it', async () => {
    const { origin } = await server(
      always({ kind: 'answer', status: 200, headers: { 'content-encoding': 'gzip' }, body: 'x' }),
    );
    expect((await call(origin)).error?.code).toBe('server_nonsense');
  });
});

describe('retries', () => {
  test.each([
    ['429', busyAnswer(429)],
    ['503', busyAnswer(503)],
    ['502', htmlAnswer(502)],
    ['504', htmlAnswer(504)],
    ['a reset', { kind: 'reset' } as const],
    ['a reset after the headers', { kind: 'reset', afterHead: true } as const],
    ['a truncated body', { kind: 'truncate', body: '{"x":' } as const],
    ['no response', { kind: 'raw', bytes: '' } as const],
  ])('succeed after %s', async (_what, fault) => {
    const { origin, requests } = await server(first(2, fault));
    const { response, attempts } = await call(origin, {
      request: { method: 'POST', form: [['a', 'b']] },
    });
    expect(response?.status).toBe(200);
    expect([attempts, requests.length]).toEqual([3, 3]);
    expect(requests.every(({ body }) => body === 'a=b')).toBe(true);
  });

  test.each([
    ['429', busyAnswer(429), 'server_busy'],
    ['503', busyAnswer(503), 'server_busy'],
    ['502', htmlAnswer(502), 'server_busy'],
    ['504', htmlAnswer(504), 'server_busy'],
    ['a reset', { kind: 'reset' } as const, 'server_unreachable'],
    [
      'a reset after the headers',
      { kind: 'reset', afterHead: true } as const,
      'server_unreachable',
    ],
    ['a truncated body', { kind: 'truncate', body: '{"x":' } as const, 'server_unreachable'],
  ])('stop after the third attempt with %s', async (_what, fault, code) => {
    const { origin, requests } = await server(always(fault));
    const { error } = await call(origin);
    expect(error?.code).toBe(code);
    expect(error?.message).toContain('tried 3 times');
    expect(error?.message).toContain(origin.replace('http://', 'Dex at '));
    expect(requests).toHaveLength(3);
  });

  test('follow a refused connection and an unknown name', async () => {
    const free = createServer();
    const port = await listen(free as never, '127.0.0.1', 0);
    await new Promise((resolve) => free.close(resolve));
    const refused = await call(`http://127.0.0.1:${port}/`);
    expect(refused.error?.code).toBe('server_unreachable');
    expect(refused.error?.message).toContain(`127.0.0.1:${port} refused the connection`);
    expect(refused.attempts).toBe(3);

    const unknown = await call('https://dex.invalid/', { request: { peer: 'idp' } });
    expect(unknown.error?.code).toBe('server_unreachable');
    expect(unknown.error?.message).toContain(
      'the identity provider at dex.invalid:443: the name does not resolve',
    );
    expect(unknown.attempts).toBe(3);
  });

  test('end with an error that contains the response, without echoed secrets', async () => {
    const { origin } = await server(
      always(jsonAnswer(503, { error: 'overload', got: ['s3cret-token', 'pässword+'] })),
    );
    const { error } = await call(origin, {
      request: {
        headers: [
          [
            'authorization',
            new Secret(`Basic ${Buffer.from('id:p%C3%A4ssword%2B').toString('base64')}`),
          ],
        ],
        form: [['subject_token', new Secret('s3cret-token')]],
      },
    });
    expect(error?.message).toContain('answered 503');
    expect(error?.message).toContain('overload');
    expect(error?.message).not.toMatch(/s3cret-token|pässword/);
  });

  test('end with an error that does not contain an HTML page', async () => {
    const { origin } = await server(always(htmlAnswer(502)));
    expect((await call(origin)).error?.message).not.toContain('<');
  });

  test('wait for the Retry-After of the server', async () => {
    const { origin } = await server(first(1, busyAnswer(503, '1')));
    const { response, events } = await call(origin);
    expect(response?.status).toBe(200);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'failed', retryInMs: 1000 }));
  });

  test.each([() => '3600', () => new Date(Date.now() + 3_600_000).toUTCString()])(
    'are skipped if Retry-After is longer than the remaining time',
    async (retryAfter) => {
      const { origin, requests } = await server(always(busyAnswer(429, retryAfter())));
      const { error } = await call(origin);
      expect(error?.code).toBe('server_busy');
      expect(error?.message).toMatch(/answered 429 with a Retry-After of (1 h|59 min 59 s)/);
      expect(requests).toHaveLength(1);
    },
  );
});

describe('deadlines', () => {
  const limits = { connectMs: 100, headersMs: 100, bodyIdleMs: 100 };

  /** Starts a server that accepts connections and sends nothing, so that TLS never begins. */
  async function silent(): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      closers.push(() => socket.destroy());
    });
    closers.push(() => server.close());
    return listen(server as never, '127.0.0.1', 0);
  }

  test('connecting takes too long: is retried', async () => {
    const { error, attempts } = await call(`https://127.0.0.1:${await silent()}/`, { limits });
    expect(error?.code).toBe('server_timeout');
    expect(error?.message).toContain('still in the TLS handshake after 100 ms (tried 3 times)');
    expect(attempts).toBe(3);
  });

  test('no headers: is not retried, because the server may be processing the request', async () => {
    const { origin, requests } = await server(always({ kind: 'hang' }));
    const { error } = await call(origin, { limits });
    expect(error?.code).toBe('server_timeout');
    expect(error?.message).toContain('no response after 100 ms');
    expect(requests).toHaveLength(1);
  });

  test('a stopped body: is not retried', async () => {
    const { origin, requests } = await server(always({ kind: 'hang', afterHead: true }));
    const { error } = await call(origin, { limits });
    expect(error?.code).toBe('server_timeout');
    expect(error?.message).toContain('its response stopped for 100 ms');
    expect(requests).toHaveLength(1);
  });

  test('the deadline of the call applies in every step', async () => {
    const inTls = await call(`https://127.0.0.1:${await silent()}/`, { timeoutMs: 200 });
    expect(inTls.error?.code).toBe('server_timeout');
    expect(inTls.error?.message).toContain(
      'the timeout of 200 ms expired while in the TLS handshake',
    );

    const hanging = await server(always({ kind: 'hang' }));
    const inHeaders = await call(hanging.origin, { timeoutMs: 200 });
    expect(inHeaders.error?.code).toBe('server_timeout');
    expect(inHeaders.error?.message).toContain('expired while waiting for the response');

    const dripping = await server(always({ kind: 'drip', body: 'x'.repeat(10_000), stepMs: 20 }));
    const inBody = await call(dripping.origin, { timeoutMs: 200 });
    expect(inBody.error?.code).toBe('server_timeout');
    expect(inBody.error?.message).toContain('expired while reading the response');
  });

  test('a deadline in the past: nothing is sent', async () => {
    const { origin, requests } = await server();
    const { error } = await call(origin, { timeoutMs: 0 });
    expect(error?.code).toBe('server_timeout');
    expect(requests).toHaveLength(0);
  });

  test('without time for another attempt the error is the failure, not the timeout', async () => {
    const { origin, requests } = await server(always(busyAnswer(503)));
    const { error } = await call(origin, { timeoutMs: 300, limits: { firstBackoffMs: 5_000 } });
    expect(error?.code).toBe('server_busy');
    expect(requests).toHaveLength(1);
  });
});

describe('addresses', () => {
  test('localhost is this machine by IPv4 and IPv6', async () => {
    const v4 = await server();
    expect((await call(v4.origin.replace('127.0.0.1', 'localhost'))).response?.status).toBe(200);
    const canV6 = await new Promise<boolean>((resolve) => {
      const probe = createServer().once('error', () => resolve(false));
      probe.listen(0, '::1', () => probe.close(() => resolve(true)));
    });
    if (!canV6) return;
    // Reuses a port that is free on 127.0.0.1, because localhost is tried there first.
    await v4.close();
    const v6 = await startHttpServer({ host: '::1', port: v4.port }, {}, () => ({ status: 200 }));
    closers.push(v6.close);
    const byName = await call(`http://localhost:${v6.port}/`);
    expect(byName).toMatchObject({ response: { status: 200 } });
    expect(byName.events).toContainEqual(expect.objectContaining({ address: '::1' }));
    expect((await call(v6.origin)).response?.status).toBe(200);
  });
});

test('events describe the attempts, without the query', async () => {
  const { origin } = await server(first(1, busyAnswer(503)));
  const { events } = await call(`${origin}/token?secret=canary`);
  expect(events.map(({ kind }) => kind)).toEqual([
    'attempt',
    'connected',
    'response',
    'failed',
    'attempt',
    'response',
  ]);
  expect(JSON.stringify(events)).not.toContain('canary');
  expect(events[1]).toMatchObject({
    address: '127.0.0.1',
    times: { connectMs: expect.any(Number) },
  });
  expect(events[2]).toMatchObject({ status: 503, date: expect.stringContaining('GMT') });
});

test('close() closes a connection that is in use', async () => {
  const { createHttp } = await import('../../../src/platform/http/http.ts');
  const { createDeadline } = await import('../../../src/platform/deadline.ts');
  const { promise: arrived, resolve: onArrival } = Promise.withResolvers<void>();
  const { origin } = await server(() => {
    onArrival();
    return { kind: 'hang' };
  });
  const http = createHttp(
    { allowHttp: false, certificateAuthorityPem: [], insecureSkipTlsVerify: false, env: {} },
    createDeadline(20_000, performance),
    { now: Date.now, random: () => 0, userAgent: 'dexchange/test', trace: () => {} },
  );
  const sending = http.send({ peer: 'dex', method: 'GET', url: origin, headers: [] });
  const outcome = sending.then(
    () => 'answered',
    () => 'closed',
  );
  await arrived;
  await http.close();
  expect(await outcome).toBe('closed');
});

describe('interim responses', () => {
  const heads: Readonly<Record<string, string>> = {
    100: 'HTTP/1.1 100 Continue\r\n\r\n',
    '100 with a header': 'HTTP/1.1 100 Continue\r\nX-A: \r\n\r\n',
    102: 'HTTP/1.1 102 Processing\r\n\r\n',
    103: 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n',
  };

  /** Answers two requests on each connection with these parts, at once or bit by bit. */
  async function answering(parts: readonly string[], pieces: boolean): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', async () => {
        const bytes = parts.join('');
        const size = pieces ? 5 : bytes.length;
        for (let at = 0; at < bytes.length; at += size) {
          socket.write(bytes.slice(at, at + size));
          if (pieces) await new Promise((resolve) => setTimeout(resolve, 1));
        }
      });
    });
    const port = await listen(server, '127.0.0.1', 0);
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${port}`;
  }

  const final = 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHTTP/1.1 100';

  test.each([
    ['100'],
    ['100 with a header'],
    ['102'],
    ['103'],
    ['100', '100'],
    ['103', '103'],
    ['102', '100', '103'],
  ])('%s %s %s are skipped', async (...names) => {
    for (const pieces of [false, true]) {
      const url = await answering([...names.map((name) => heads[name] ?? ''), final], pieces);
      const { response, attempts } = await call(url);
      expect(response).toMatchObject({ status: 200, body: 'HTTP/1.1 100' });
      expect(attempts).toBe(1);
    }
  });

  test.each(['', 'Upgrade: x\r\nConnection: upgrade\r\n'])(
    '101 is an error, and is not retried (%j)',
    async (headers) => {
      const url = await answering([`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`], false);
      const { error, attempts } = await call(url);
      expect(error).toMatchObject({
        code: 'server_nonsense',
        message: expect.stringContaining('answered 101'),
      });
      expect(attempts).toBe(1);
    },
  );
});
