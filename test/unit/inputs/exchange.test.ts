import { describe, expect, test } from 'vitest';
import { exchangeInput } from '../../../src/inputs/exchange.ts';
import { expectFailure, failure } from '../support/failure.ts';
import { type Given, settingsOf } from '../support/settings.ts';

const flags = {
  'dex-url': 'https://dex.example.com/',
  'client-id': 'ci',
  'connector-id': 'gitlab',
  'client-secret': 's3cret',
} as const;

function inputFor(given: Given) {
  return exchangeInput(settingsOf({ ...given, flags: { ...flags, ...given.flags } }));
}

test('the error lists all missing settings and their variables', () => {
  expectFailure(
    failure(() => exchangeInput(settingsOf({}))),
    {
      code: 'setting_missing',
      message: ['--dex-url, --client-id, --connector-id, the client secret'],
      hint: [
        'DEXCHANGE_DEX_URL, DEXCHANGE_CLIENT_ID, DEXCHANGE_CONNECTOR_ID, DEXCHANGE_CLIENT_SECRET',
        '--dex-url, --client-id, --connector-id, --client-secret-file',
      ],
    },
  );
});

test.each(['client-secret', 'client-secret-file', 'client-secret-command'] as const)(
  '--%s sets the client secret',
  (name) => {
    const { 'client-secret': _none, ...others } = flags;
    expect(exchangeInput(settingsOf({ flags: { ...others, [name]: 'x' } })).clientId).toBe('ci');
  },
);

describe('audiences and scope', () => {
  const item = 'audience:server:client_id:';

  test.each<[string, Given['flags'], string, readonly string[]]>([
    ['default to kubernetes', {}, 'openid profile email groups', ['kubernetes']],
    ['come from --audience', { audience: 'a', scope: 'openid' }, 'openid', ['a']],
    ['come from the scope', { scope: `openid ${item}a email` }, 'openid email', ['a']],
    ['can contain two audiences', { scope: `${item}a ${item}b ${item}a` }, '', ['a', 'b']],
    [
      'can be set twice with the same value',
      { scope: `openid ${item}a`, audience: 'a' },
      'openid',
      ['a'],
    ],
  ])('%s', (_what, given, scope, audiences) => {
    expect(inputFor({ flags: given ?? {} })).toMatchObject({ scope, audiences });
  });

  test.each<[string, Given, string]>([
    ['the default', {}, 'default'],
    ['a flag', { flags: { audience: 'a' } }, '--audience'],
    ['a variable', { env: { DEXCHANGE_AUDIENCE: 'a' } }, 'DEXCHANGE_AUDIENCE'],
    ['a scope', { flags: { scope: `openid ${item}a` } }, '--scope'],
    ['a scope in a variable', { env: { DEXCHANGE_SCOPE: `openid ${item}a` } }, 'DEXCHANGE_SCOPE'],
  ])('of %s have an origin', (_what, given, origin) => {
    expect(inputFor(given).audienceOrigin).toBe(origin);
  });

  test('must not be set to different values', () => {
    const seen = failure(() =>
      inputFor({ flags: { scope: `${item}a` }, env: { DEXCHANGE_AUDIENCE: 'b' } }),
    );
    const message = ['DEXCHANGE_AUDIENCE', '--scope'];
    expectFailure(seen, { code: 'setting_conflict', message, hint: [item] });
  });
});
