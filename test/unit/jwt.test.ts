import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { audiences, decodeJwt, numericDate } from '../../src/jwt.ts';

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const header = part({ alg: 'RS256' });

test('a JWT decodes into header and claims', () => {
  const claims = { sub: 'жук', exp: 1, nested: { a: [1] } };
  expect(decodeJwt(`${header}.${part(claims)}.c2ln`)).toEqual({ header: { alg: 'RS256' }, claims });
});

test.each([
  ['an opaque token', 'gho_16C7e42F292c6912E7710c838347Ae178B4a'],
  ['an empty text', ''],
  ['two parts', `${header}.${part({})}`],
  ['an unsigned JWT', `${header}.${part({})}.`],
  ['four parts', `${header}.${part({})}.a.b`],
  ['an encrypted JWT', `${header}.a.b.c.d`],
  ['claims that are a list', `${header}.${part([])}.c2ln`],
  ['claims that are null', `${header}.${part(null)}.c2ln`],
  ['claims that are a text', `${header}.${part('x')}.c2ln`],
  ['a header that is not JSON', `eHh4.${part({})}.c2ln`],
  ['a header that is a number', `${part(1)}.${part({})}.c2ln`],
  ['padding', `${header}.${part({})}=.c2ln`],
  ['plain base64', `${header}.${part({})}.a+/b`],
  ['a line end', `${header}.${part({})}.c2ln\n`],
  ['a scheme', `Bearer ${header}.${part({})}.c2ln`],
])('%s is not a JWT', (_what, token) => {
  expect(decodeJwt(token)).toBeUndefined();
});

test('decoding never throws', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.json().map((json) => Buffer.from(json).toString('base64url')),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
      const jwt = decodeJwt(pieces.join('.'));
      expect(jwt === undefined || typeof jwt.claims === 'object').toBe(true);
    }),
  );
});

describe('a date claim', () => {
  test.each([0, -1, 1.5, 1_800_000_000])('can be %d', (exp) => {
    expect(numericDate({ exp }, 'exp')).toBe(exp);
  });

  test.each([undefined, null, '1800000000', true, [1], Number.POSITIVE_INFINITY, Number.NaN])(
    'cannot be %j',
    (exp) => {
      expect(numericDate({ exp }, 'exp')).toBeUndefined();
    },
  );

  test('is read by its name', () => {
    expect(numericDate({ exp: 1, iat: 2, nbf: 3 }, 'iat')).toBe(2);
  });
});

test.each([
  ['kubernetes', ['kubernetes']],
  [
    ['ci', 'kubernetes'],
    ['ci', 'kubernetes'],
  ],
  [['ci', 7, null], ['ci']],
  [undefined, []],
  [7, []],
  [{ a: 1 }, []],
])('the audiences of aud %j are %j', (aud, list) => {
  expect(audiences({ aud })).toEqual(list);
});
