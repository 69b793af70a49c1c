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

interface ReadOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly localNowMs?: number;
  readonly exchange?: Partial<TokenExchange>;
}

function read({ body, headers = atNoon, localNowMs = now, exchange }: ReadOptions) {
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

test('the credential is the access_token, valid until its exp', () => {
  const body = token();
  const credential = read({ body: { ...body, expires_in: 86_400, id_token: 'x' } });
  expect(credential.token.reveal()).toBe(body.access_token);
  expect(credential.remainingMs).toBe(599_000);
  expect(credential.clockOffsetMs).toBe(0);
});

test.each([undefined, 0, -1, 5, 1e12, '599', null])(
  'expires_in %j does not matter',
  (expires_in) => {
    expect(read({ body: { ...token(), expires_in } }).remainingMs).toBe(599_000);
  },
);

describe('a wrong clock', () => {
  test.each([
    ['a day behind', now - 86_400_000],
    ['a day ahead', now + 86_400_000],
  ])('of this machine, %s, changes only the offset', (_which, localNowMs) => {
    const got = read({ body: token(), localNowMs });
    expect(got.remainingMs).toBe(599_000);
    expect(got.clockOffsetMs).toBe(now - localNowMs);
  });

  test('in an invalid Date is ignored', () => {
    const got = read({ body: token(), headers: { date: 'yesterday' } });
    expect(got.remainingMs).toBe(599_000);
    expect(got.clockOffsetMs).toBeUndefined();
  });

  test.each([{}, { date: '' }, { date: 'yesterday' }, { date: '1785585600' }])(
    'of this machine decides if there is no valid Date: %j',
    (headers) => {
      const ahead = read({ body: token(), headers, localNowMs: now + 100_000 });
      expect(ahead.remainingMs).toBe(499_000);
      const behind = read({ body: token(), headers, localNowMs: now - 86_400_000 });
      expect(behind.remainingMs).toBe(599_000);
      const late = () => read({ body: token(), headers, localNowMs: now + 3_600_000 });
      expect(failure(late)).toMatchObject({
        code: 'token_expired',
        message: expect.stringMatching(/this machine's clock$/),
        hint: expect.stringContaining('no Date header'),
      });
    },
  );

  test('of this machine is used if both Date and iat are missing', () => {
    const got = read({ body: token({ iat: undefined }), headers: {}, localNowMs: now + 100_000 });
    expect(got.remainingMs).toBe(499_000);
  });
});

test('a token in its last second has a positive remaining time', () => {
  expect(read({ body: token({ exp: seconds + 1 }) }).remainingMs).toBe(1);
});

describe('the response is rejected if', () => {
  test.each([
    ['the token is opaque', { access_token: 'abc' }, 'token_not_jwt', /not a JWT/],
    ['the token has no exp', token({ exp: undefined }), 'token_without_expiry', /exp/],
    ['its exp is a text', token({ exp: String(seconds + 600) }), 'token_without_expiry', /exp/],
    [
      'its exp is in milliseconds',
      token({ exp: now + 600_000 }),
      'token_without_expiry',
      /seconds$/,
    ],
    ['its exp is negative', token({ exp: -seconds }), 'token_expired', /Dex's clock$/],
    ['its exp is before its iat', token({ iat: seconds + 900 }), 'token_expired', /iat$/],
    ['the token expires now', token({ exp: seconds }), 'token_expired', /Dex's clock$/],
    ['the token has expired', token({ exp: seconds - 90 }), 'token_expired', /Dex's clock$/],
    [
      'its audience is another',
      token({ aud: 'other' }),
      'token_wrong_audience',
      /other.*kubernetes$/,
    ],
    [
      'it has no audience',
      token({ aud: undefined }),
      'token_wrong_audience',
      /no aud.*kubernetes$/,
    ],
    [
      'its audience only contains the expected name',
      token({ aud: ['kubernetes2', 'kube'] }),
      'token_wrong_audience',
      /kubernetes2, kube,.* kubernetes$/,
    ],
    [
      'its audience differs in what is not visible',
      token({ aud: 'kubernetes\u200b' }),
      'token_wrong_audience',
      /kubernetes \(with .*invisible characters\), not kubernetes$/,
    ],
    ['its audience is empty', token({ aud: '' }), 'token_wrong_audience', /audience "", not/],
    ['access_token is missing', {}, 'server_nonsense', /200 .*access_token$/],
    ['access_token is empty', { access_token: '' }, 'server_nonsense', /200 .*access_token$/],
    ['access_token is not a text', { access_token: { a: 1 } }, 'server_nonsense', /access_token$/],
    ['the body is a login page', '<!doctype html>', 'server_nonsense', /200 with an HTML page$/],
    ['the body is empty', '', 'server_nonsense', /200 with an empty body$/],
    ['the body is a list', '[]', 'server_nonsense', /200 with a body that is not a JSON object$/],
  ])('%s', (_when, body, code, message) => {
    expect(failure(() => read({ body }))).toMatchObject({
      code,
      message: expect.stringMatching(message),
      exitCode: 5,
    });
  });

  test.each(['none', 'NONE', 5, undefined])('the alg of the token is %s', (alg) => {
    expect(failure(() => read({ body: { access_token: aJwt(claims, { alg }) } }))).toMatchObject({
      code: 'token_not_jwt',
      message: expect.stringMatching(/not signed$/),
    });
  });

  test('the token has only one audience of two', () => {
    const exchange = { audiences: ['kubernetes', 'second'] };
    expect(failure(() => read({ body: token(), exchange }))).toMatchObject({
      code: 'token_wrong_audience',
      message: expect.stringMatching(/kubernetes, ci,.* second$/),
      hint: expect.stringContaining('--audience and --scope'),
    });
  });

  test('the token has no Date, and expired before its own iat', () => {
    const body = token({ iat: seconds, exp: seconds - 1 });
    expect(failure(() => read({ body, headers: {} }))).toMatchObject({
      code: 'token_expired',
      message: expect.stringMatching(/iat$/),
    });
  });
});

test('an audience cannot start a new line', () => {
  const { message } = failure(() => read({ body: token({ aud: 'a\nhint: b' }) }));
  expect(message).toContain(' a hint: b, ');
});

test('any status other than 200 is a denial', () => {
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

describe('the remaining time is at most the time from iat to exp', () => {
  const iat = Math.floor(now / 1000);

  test('even if the clock of an ingress is an hour behind', () => {
    const headers = { date: new Date(now - 3_600_000).toUTCString() };
    const body = token({ iat, exp: iat + 3 });
    expect(read({ body, headers }).remainingMs).toBe(2000);
  });

  test.each(['1', '2052', 'yesterday'])('and a Date of %j is ignored', (date) => {
    const body = token({ iat, exp: iat + 600 });
    expect(read({ body, headers: { date } }).remainingMs).toBe(599_000);
  });

  test.each([
    [1e308, 1e308],
    [-1e308, -1e308],
    [1e308, 5],
  ])('absurd times (iat %d, exp %d) are rejected', (issued, exp) => {
    const error = failure(() => read({ body: token({ iat: issued, exp }), headers: {} }));
    expect(['token_expired', 'token_without_expiry']).toContain(error.code);
  });

  test('without a Date, a token that expired long ago is rejected', () => {
    const error = failure(() => read({ body: token({ iat: 400, exp: 1000 }), headers: {} }));
    expect(error.code).toBe('token_expired');
  });
});
