import { afterEach, describe, expect, test } from 'vitest';
import type { Peer } from '../../../src/http/message.ts';
import { Secret } from '../../../src/secret.ts';
import { type Fault, htmlAnswer, redirectTo } from '../../support/faults.ts';
import { startHttpServer } from '../../support/http-server.ts';
import { type Call, call } from './client.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const token = 'canary'.repeat(3750);
const peers: readonly Peer[] = ['dex', 'idp', 'ci', 'kubernetes'];

/** The message and the hint for an answer of each kind of peer. */
async function failures(fault: Fault, request: Call['request'] = {}): Promise<readonly string[]> {
  const { origin, close } = await startHttpServer({}, { misbehave: () => fault }, () => ({
    status: 200,
  }));
  closers.push(close);
  const texts: string[] = [];
  for (const peer of peers) {
    const { error, attempts } = await call(origin, { request: { peer, ...request } });
    expect(attempts).toBe(error?.code === 'server_busy' ? 3 : 1);
    texts.push(`${error?.code}: ${error?.message} hint: ${error?.hint}`);
  }
  return texts;
}

function page(status: number, text: string): Fault {
  return { kind: 'answer', status, headers: { 'content-type': 'text/html' }, body: text };
}

const nginx = (text: string) =>
  `<html><head><title>400 ${text}</title></head><body><center><h1>400 Bad Request</h1></center><center>${text}</center></body></html>`;

const bearer = { headers: [['authorization', new Secret(`Bearer ${token}`)]] } as const;

describe('every peer', () => {
  test.each([
    ['nginx', page(400, nginx('Request Header Or Cookie Too Large'))],
    ['Node', page(431, '')],
    ['Go', page(431, '431 Request Header Fields Too Large')],
    ['nginx, its own status', page(494, '')],
    ['Apache', page(400, 'Size of a request header field exceeds server limit.')],
    ['Tomcat', page(400, '<html><title>HTTP Status 400</title>Request header is too large')],
  ])('headers that are too large for %s: the size of the largest', async (_what, fault) => {
    for (const text of await failures(fault, bearer)) {
      expect(text).toMatch(
        /^server_too_large: .* headers .*: authorization has 22 KB hint: .*8 KB/,
      );
      expect(text).not.toContain('canary');
    }
  });

  test('headers that are too large, although those of the request are small', async () => {
    for (const text of await failures(page(431, ''))) {
      expect(text).toMatch(/^server_too_large: .* bytes hint: .*proxy or ingress .* adds/);
    }
  });

  test('a body that is too large: its size', async () => {
    const form = [['subject_token', new Secret(token)]] as const;
    for (const text of await failures(page(413, nginx('x')), { method: 'POST', form })) {
      expect(text).toMatch(/^server_too_large: .*\(413\): its body has 22 KB hint: .*body_size/);
    }
  });

  test.each([
    ['nginx', page(400, nginx('The plain HTTP request was sent to HTTPS port'))],
    ['Go', page(400, 'Client sent an HTTP request to an HTTPS server.\n')],
    ['Apache', page(400, "You're speaking plain HTTP to an SSL-enabled server port.")],
    ['Tomcat', page(400, 'Bad Request\nThis combination of host and port requires TLS.')],
  ])('http to a port for https of %s', async (_what, fault) => {
    for (const text of await failures(fault)) {
      expect(text).toMatch(/^server_nonsense: .* requires https .* hint: write https:\/\/ /);
    }
  });

  test.each<[string, Fault, RegExp]>([
    ['a proxy without a variable', page(407, '<html>'), /^proxy_failed: .*407.* set HTTPS_PROXY/],
    ['a captive portal', page(511, '<html>'), /^server_nonsense: .*511.* log in to the network/],
    [
      'an ingress without a backend',
      htmlAnswer(502, 'Bad Gateway'),
      /^server_busy: .*502.*titled "502 Bad Gateway" hint: try again later; .*ingress/,
    ],
    [
      'single sign-on',
      redirectTo('https://sso.example.com/oauth2/start?rd=canary'),
      /^server_redirect: .*https:\/\/sso\.example\.com.* hint: .*login page/,
    ],
    [
      'a path for logging in',
      redirectTo('/login?next=canary'),
      /^server_redirect: .* hint: .*login page/,
    ],
    [
      'another server',
      redirectTo('https://other.example.com/token'),
      /^server_redirect: .* hint: use the target URL/,
    ],
  ])('%s', async (_what, fault, expected) => {
    for (const text of await failures(fault)) {
      expect(text).toMatch(expected);
      expect(text).not.toContain('canary');
    }
  });

  test('a redirect to https on the same host', async () => {
    const { origin, port, close } = await startHttpServer(
      {},
      { misbehave: () => redirectTo(`https://127.0.0.1:${port}/token`) },
      () => ({ status: 200 }),
    );
    closers.push(close);
    expect((await call(origin)).error?.hint).toMatch(/^write https:\/\/ instead of http:\/\//);
  });

  test.each([
    page(400, '{"error":"invalid_request"}'),
    page(400, '<html><title>Bad Request</title></html>'),
    page(414, 'x'),
    page(403, '<html><title>Attention Required! | Cloudflare</title></html>'),
  ])('any other answer is left to the reader of the response', async (fault) => {
    const { origin, close } = await startHttpServer({}, { misbehave: () => fault }, () => ({
      status: 200,
    }));
    closers.push(close);
    expect((await call(origin)).response?.status).toBe('status' in fault ? fault.status : 0);
  });
});
