import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redactionOf } from '../../src/redaction.ts';
import { sanitize } from '../../src/sanitize.ts';
import { Secret } from '../../src/secret.ts';
import { echoes, leaksIn, secretShapes } from '../support/leaks.ts';

const allForms = Object.entries(echoes);
/** Enough for a long secret, whose search takes long too. */
const longForms = ['raw', 'JSON', 'base64 after 1 byte', 'hex', 'wrapped', 'last 50 characters'];

describe.each(secretShapes)('a secret of the shape $name', ({ secret }) => {
  const redaction = redactionOf([new Secret(secret)]);
  const forms = allForms.filter(([name]) => {
    if (secret.length >= 1000) return longForms.includes(name);
    // The header of a JWT is no secret.
    return !(secret.startsWith('eyJ') && name === 'first 50 characters');
  });

  test('is found by the search of these tests in every form', () => {
    const missed = forms.filter(
      ([, echo]) => leaksIn(`bad ${echo(secret)}!`, [secret]).length === 0,
    );
    expect(missed.map(([name]) => name)).toEqual([]);
  });

  test.each(forms)('is redacted: %s', (_name, echo) => {
    const clean = redaction.clean(`bad value "${echo(secret)}"; try again`, true);
    expect(clean).toMatch(/^bad value "/);
    expect(clean).toMatch(/; try again$/);
    expect(leaksIn(clean, [secret])).toEqual([]);
  });

  test.each(forms)('is redacted where a limit cuts the text: %s', (_name, echo) => {
    for (const before of [0, 60, 185]) {
      const text = sanitize(`${'- '.repeat(before / 2)}${echo(secret)} end`, { redaction });
      expect(leaksIn(text, [secret])).toEqual([]);
    }
  });

  test('stays away if a message was cut before it was cleaned', () => {
    const leaking = forms.filter(([, echo]) => {
      const cut = sanitize(`${'- '.repeat(92)}${echo(secret)}`);
      return leaksIn(redaction.clean(cut, true), [secret]).length > 0;
    });
    expect(leaking.map(([name]) => name)).toEqual([]);
  });
});

test('every form of any secret is redacted, in any text', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  const bytes = fc.string({
    unit: fc.constantFrom(...'aB3$%+/="\\<&é\u0001 '),
    minLength: 8,
    maxLength: 60,
  });
  const encoder = fc.constantFrom(...allForms.map(([, echo]) => echo));
  fc.assert(
    fc.property(text, bytes, encoder, text, (before, secret, echo, after) => {
      fc.pre(secret.replace(/[^a-z3$é]/gi, '').length >= 8);
      const clean = redactionOf([new Secret(secret)]).clean(`${before} ${echo(secret)} ${after}`);
      const around = leaksIn(`${before} | ${after}`, [secret]);
      expect(leaksIn(clean, [secret])).toEqual(around);
    }),
    { numRuns: 100 },
  );
});

test('the parts of an Authorization header are secrets too', () => {
  const pair = Buffer.from('ci:p4ss%2Fw%C3%B6rd').toString('base64');
  const redaction = redactionOf([new Secret(`Basic ${pair}`), new Secret('Bearer t0k3n-of-ci')]);
  expect(redaction.clean(`no ${pair}, no t0k3n-of-ci, no p4ss%2Fw%C3%B6rd, no p4ss/wörd`)).toBe(
    'no [redacted], no [redacted], no [redacted], no [redacted]',
  );
});

test('a JWT and its signature are redacted, but not claims that another token repeats', () => {
  const [{ secret } = { secret: '' }] = secretShapes.filter(({ name }) => name === 'a JWT');
  const redaction = redactionOf([new Secret(secret)]);
  const [, payload = '', signature = ''] = secret.split('.');
  for (const part of [secret, signature, signature.slice(0, 50), signature.slice(-50)]) {
    expect(redaction.clean(`got ${part}`)).toBe('got [redacted]');
  }
  const claims = '{"iss":"https://idp.example.com","sub":"project:ci"}';
  expect(redaction.clean(claims)).toBe(claims);
  const dexSub = `sub CgpwcmVmaXgy${payload.slice(-16)}BmdpdGxhYg`;
  expect(redaction.clean(dexSub)).toBe(dexSub);
});

test('a token of a known shape is redacted, though nobody passed it on', () => {
  const clean = redactionOf([]).clean(
    'got eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln and glpat-0123456789abcdefghij',
  );
  expect(clean).toBe('got [redacted] and [redacted]');
});

test.each([
  ['issuer https://dex.example.com/ refused client ci', ['https://dex.example.com/']],
  ['the latest test passed', ['test']],
  ['set --client-secret-file or --client-secret', ['the-client-secret-of-ci-2024']],
  ['abc is too short to redact', ['abc']],
  ['no PEM here: -----BEGIN PRIVATE KEY-----', ['-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n']],
])('%s stays readable', (text, secrets) => {
  expect(redactionOf(secrets.map((secret) => new Secret(secret))).clean(text)).toContain(
    text.slice(0, 10),
  );
});

test.each([
  ['set SYSTEM_ACCESSTOKEN: $(System.AccessToken)', 'the-system-access-token-1'],
  ['set SYSTEM_ACCESSTOKEN: $(System.AccessToken)', 'system-access-token'],
  ['variable GITLAB_OIDC_TOKEN is literally $GITLAB_OIDC_TOKEN', '$GITLAB_OIDC_TOKEN'],
  ['TFC_WORKLOAD_IDENTITY_TOKEN is not expanded', '$(TFC_WORKLOAD_IDENTITY_TOKEN)'],
])('%s stays as it is', (text, secret) => {
  expect(redactionOf([new Secret(secret)]).clean(text)).toBe(text);
});

test('short secrets and single words are removed from what peers say, not from own texts', () => {
  const redaction = redactionOf([new Secret('test'), new Secret('password')]);
  const text = 'wrong password: test';
  expect(redaction.clean(text)).toBe('wrong [redacted]: [redacted]');
  expect(redaction.clean(text, true)).toBe(text);
});

test('a secret that is added later is redacted from then on', () => {
  const redaction = redactionOf([]);
  expect(redaction.clean('a s3cret-value')).toBe('a s3cret-value');
  redaction.add(new Secret('s3cret-value'));
  expect(redaction.clean('a s3cret-value')).toBe('a [redacted]');
});

test('a token of a megabyte and many texts do not multiply', () => {
  // With forms that are made for each text this takes minutes.
  const token = Buffer.from(Array.from({ length: 750_000 }, (_, at) => (at * at * 31) % 251));
  const redaction = redactionOf([new Secret(token.toString('base64url'))]);
  for (let at = 0; at < 10_000; at++) redaction.clean(`/group-${at}/developers`);
  expect(redaction.clean(`bad ${token.toString('base64url')}!`)).toBe('bad [redacted]!');
  const same = redactionOf([new Secret('a'.repeat(20_000))]);
  expect(same.clean(`b${'a'.repeat(300_000)}b`)).toBe('b[redacted]b');
}, 30_000);
