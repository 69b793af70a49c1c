import { expect, test } from 'vitest';
import { expiredSubject } from '../../../src/oauth/expired-subject-token.ts';
import { Secret } from '../../../src/secret.ts';

const nowMs = Date.parse('2026-09-01T12:00:00Z');
const seconds = nowMs / 1000;

function jwt(claims: object): Secret {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return new Secret(`${part({ alg: 'RS256' })}.${part(claims)}.c2ln`);
}

function messageFor(
  token: Secret,
  { status = 401, error = 'access_denied', dexMs = nowMs, dated = true, localMs = nowMs } = {},
): string | undefined {
  const headers: Record<string, string> = dated ? { date: new Date(dexMs).toUTCString() } : {};
  const response = { status, headers, body: JSON.stringify({ error }) };
  return expiredSubject(response, token, 'get another', localMs)?.message;
}

test.each([
  [0, '0 s'],
  [90, '90 s'],
  [3600, '60 min'],
])('the error for a token that expired %d s ago names the time', (ago, text) => {
  const error = expiredSubject(
    {
      status: 401,
      headers: { date: new Date(nowMs).toUTCString() },
      body: '{"error":"access_denied"}',
    },
    jwt({ exp: seconds - ago }),
    'get another',
    0,
  );
  expect(error).toMatchObject({
    code: 'dex_subject_token_expired',
    message: expect.stringContaining(`expired ${text} ago by Dex's clock`),
    hint: 'get another',
    exitCode: 4,
  });
});

test('Dex’s clock decides, not the local clock', () => {
  const token = jwt({ exp: seconds + 60 });
  expect(messageFor(token, { localMs: nowMs + 7_200_000 })).toBeUndefined();
  expect(messageFor(token, { dexMs: nowMs + 7_200_000 })).toContain("119 min ago by Dex's clock");
});

test('without a Date header the local clock decides, and the message says so', () => {
  const token = jwt({ exp: seconds - 30 });
  expect(messageFor(token, { dated: false })).toContain("30 s ago by this machine's clock");
});

test.each<[string, Secret, Parameters<typeof messageFor>[1]]>([
  ['is still valid', jwt({ exp: seconds + 1 }), {}],
  ['has no exp', jwt({}), {}],
  ['has a text as exp', jwt({ exp: '1' }), {}],
  ['is opaque', new Secret('opaque'), {}],
  ['was denied because of the client', jwt({ exp: 1 }), { error: 'invalid_client' }],
  ['was not denied', jwt({ exp: 1 }), { status: 500 }],
])('there is no error for a token that %s', (_what, token, options) => {
  expect(messageFor(token, options)).toBeUndefined();
});
