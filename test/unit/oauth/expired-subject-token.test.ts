import { expect, test } from 'vitest';
import { expiredSubject } from '../../../src/oauth/expired-subject-token.ts';
import { Secret } from '../../../src/secret.ts';

const nowMs = Date.parse('2026-09-01T12:00:00Z');
const seconds = nowMs / 1000;

function jwt(claims: object): Secret {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return new Secret(`${part({ alg: 'RS256' })}.${part(claims)}.c2ln`);
}

function said(
  token: Secret,
  { status = 401, error = 'access_denied', dexMs = nowMs, dated = true, localMs = nowMs } = {},
): string | undefined {
  const headers: Record<string, string> = dated ? { date: new Date(dexMs).toUTCString() } : {};
  const response = { status, headers, body: JSON.stringify({ error }) };
  return expiredSubject(response, token, 'get another', localMs)?.message;
}

test.each([
  [0, '0 ms'],
  [90, '1 min 30 s'],
  [3600, '1 h'],
])('a refused token that expired %d s ago is said to have', (ago, words) => {
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
    message: `Dex denied the identity token: it expired ${words} ago by Dex's clock`,
    hint: 'get another',
    exitCode: 4,
  });
});

test('Dex’s clock is believed over ours, either way', () => {
  const token = jwt({ exp: seconds + 60 });
  expect(said(token, { localMs: nowMs + 7_200_000 })).toBeUndefined();
  expect(said(token, { dexMs: nowMs + 7_200_000 })).toContain("1 h 59 min ago by Dex's clock");
});

test('without a Date header ours must do, and is named', () => {
  const token = jwt({ exp: seconds - 30 });
  expect(said(token, { dated: false })).toContain("30 s ago by this machine's clock");
});

test.each<[string, Secret, Parameters<typeof said>[1]]>([
  ['is still valid', jwt({ exp: seconds + 1 }), {}],
  ['has no end', jwt({}), {}],
  ['has a text for an end', jwt({ exp: '1' }), {}],
  ['is opaque', new Secret('opaque'), {}],
  ['was refused for the client', jwt({ exp: 1 }), { error: 'invalid_client' }],
  ['was not refused', jwt({ exp: 1 }), { status: 500 }],
])('nothing is said of a token that %s', (_what, token, options) => {
  expect(said(token, options)).toBeUndefined();
});
