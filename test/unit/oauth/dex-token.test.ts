import { describe, expect, test } from 'vitest';
import { readTokenExchange } from '../../../src/oauth/dex-token.ts';
import type { TokenExchange } from '../../../src/oauth/token-exchange.ts';
import { Secret } from '../../../src/secret.ts';
import { aJwt, anExchange } from '../support/exchange.ts';
import { failure } from '../support/failure.ts';

const now = Date.UTC(2026, 7, 1, 12, 0, 0);
const seconds = now / 1000;
const atNoon = { date: new Date(now).toUTCString() };
const claims = { aud: ['kubernetes', 'ci'], iat: seconds, exp: seconds + 600 };

interface Answer {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly localNowMs?: number;
  readonly exchange?: Partial<TokenExchange>;
}

function read({ body, headers = atNoon, localNowMs = now, exchange }: Answer) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readTokenExchange(
    { status: 200, headers, body: text },
    anExchange(exchange),
    new Secret('a.b.c'),
    [],
    localNowMs,
  );
}

function token(changes: Readonly<Record<string, unknown>> = {}) {
  return { access_token: aJwt({ ...claims, ...changes }), token_type: 'bearer', expires_in: 599 };
}

test('the credential is the access_token, for as long as its exp says', () => {
  const body = token();
  const got = read({ body: { ...body, expires_in: 86_400, id_token: 'x' } });
  expect(got.token.reveal()).toBe(body.access_token);
  expect(got.remainingMs).toBe(599_000);
  expect(got.clockOffsetMs).toBe(0);
});

test('expires_in may be missing', () => {
  expect(read({ body: { access_token: token().access_token } }).remainingMs).toBe(599_000);
});

describe('a wrong clock', () => {
  test.each([
    ['a day behind', now - 86_400_000],
    ['a day ahead', now + 86_400_000],
  ])('here, %s, changes nothing but the offset', (_which, localNowMs) => {
    const got = read({ body: token(), localNowMs });
    expect(got.remainingMs).toBe(599_000);
    expect(got.clockOffsetMs).toBe(now - localNowMs);
  });

  test('here does not matter without a Date either, since the token has just been issued', () => {
    const got = read({ body: token(), headers: {}, localNowMs: now + 86_400_000 });
    expect(got.remainingMs).toBe(599_000);
    expect(got.clockOffsetMs).toBeUndefined();
  });

  test('in a Date that is none is not believed', () => {
    const got = read({ body: token(), headers: { date: 'yesterday' } });
    expect(got.remainingMs).toBe(599_000);
    expect(got.clockOffsetMs).toBeUndefined();
  });

  test('is all there is without Date and iat', () => {
    const got = read({ body: token({ iat: undefined }), headers: {}, localNowMs: now + 100_000 });
    expect(got.remainingMs).toBe(499_000);
  });
});

test('a token in its last second has some life left', () => {
  expect(read({ body: token({ exp: seconds + 1 }) }).remainingMs).toBe(1);
});

describe('is never printed when', () => {
  test.each([
    ['it is opaque', { access_token: 'abc' }, 'token_not_jwt', "Dex's access_token is not a JWT"],
    [
      'it has no exp',
      token({ exp: undefined }),
      'token_without_expiry',
      "Dex's token has no numeric exp claim",
    ],
    [
      'its exp is a text',
      token({ exp: String(seconds + 600) }),
      'token_without_expiry',
      "Dex's token has no numeric exp claim",
    ],
    [
      'it ends now',
      token({ exp: seconds }),
      'token_expired',
      "Dex issued a token that is already expired, by Dex's clock",
    ],
    [
      'it has ended',
      token({ exp: seconds - 90 }),
      'token_expired',
      "Dex issued a token that is already expired, by Dex's clock",
    ],
    [
      'it is for somebody else',
      token({ aud: 'other' }),
      'token_wrong_audience',
      "Dex's token is for other, not for kubernetes",
    ],
    [
      'it is for nobody',
      token({ aud: undefined }),
      'token_wrong_audience',
      "Dex's token is for nobody, not for kubernetes",
    ],
    [
      'its audience only begins alike',
      token({ aud: ['kubernetes2', 'kube'] }),
      'token_wrong_audience',
      "Dex's token is for kubernetes2, kube, not for kubernetes",
    ],
    ['it is missing', {}, 'server_nonsense', 'Dex answered 200 with JSON that has no access_token'],
    [
      'it is empty',
      { access_token: '' },
      'server_nonsense',
      'Dex answered 200 with JSON that has no access_token',
    ],
    [
      'it is no text',
      { access_token: { a: 1 } },
      'server_nonsense',
      'Dex answered 200 with JSON that has no access_token',
    ],
    [
      'a login page comes',
      '<!doctype html>',
      'server_nonsense',
      'Dex answered 200 with an HTML page',
    ],
    ['nothing comes', '', 'server_nonsense', 'Dex answered 200 with an empty body'],
    [
      'a list comes',
      '[]',
      'server_nonsense',
      'Dex answered 200 with a body that is not a JSON object',
    ],
  ])('%s', (_when, body, code, message) => {
    expect(failure(() => read({ body }))).toMatchObject({ code, message, exitCode: 5 });
  });

  test('it is for one audience of two', () => {
    const exchange = { audiences: ['kubernetes', 'second'] };
    expect(failure(() => read({ body: token(), exchange }))).toMatchObject({
      code: 'token_wrong_audience',
      message: "Dex's token is for kubernetes, ci, not for second",
      hint: 'Dex drops scopes it does not know in silence: see --audience and --scope',
    });
  });

  test('its own iat says that it was issued dead', () => {
    const body = token({ iat: seconds, exp: seconds - 1 });
    expect(failure(() => read({ body, headers: {} }))).toMatchObject({
      code: 'token_expired',
      message: 'Dex issued a token that is already expired, by its own iat',
    });
  });
});

test('an audience cannot start a line of its own', () => {
  const { message } = failure(() => read({ body: token({ aud: 'a\nhint: b' }) }));
  expect(message).toBe("Dex's token is for a hint: b, not for kubernetes");
});

test('any other status is a refusal', () => {
  const body = JSON.stringify({ ...token(), error: 'access_denied' });
  const read = () =>
    readTokenExchange(
      { status: 401, headers: {}, body },
      anExchange(),
      new Secret('a.b.c'),
      [],
      now,
    );
  expect(failure(read).code).toBe('dex_subject_token_refused');
});

describe('lives no longer than it was issued for', () => {
  const iat = Math.floor(now / 1000);

  test('though an ingress says that it is an hour earlier', () => {
    const headers = { date: new Date(now - 3_600_000).toUTCString() };
    const body = token({ iat, exp: iat + 3 });
    expect(read({ body, headers }).remainingMs).toBe(2000);
  });

  test.each(['1', '2052', 'yesterday'])('a Date of %j is none', (date) => {
    const body = token({ iat, exp: iat + 600 });
    expect(read({ body, headers: { date } }).remainingMs).toBe(599_000);
  });

  test.each([
    [1e308, 1e308],
    [-1e308, -1e308],
    [1e308, 5],
  ])('absurd times (iat %d, exp %d) are refused', (issued, exp) => {
    const got = failure(() => read({ body: token({ iat: issued, exp }), headers: {} }));
    expect(['token_expired', 'token_without_expiry']).toContain(got.code);
  });

  test('without a Date, a token of long ago is not taken for fresh', () => {
    const got = failure(() => read({ body: token({ iat: 400, exp: 1000 }), headers: {} }));
    expect(got.code).toBe('token_expired');
  });
});
