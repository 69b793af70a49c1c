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

function settle(given: Given) {
  return exchangeInput(settingsOf({ ...given, flags: { ...flags, ...given.flags } }));
}

test('all that is missing is named at once, with its variables', () => {
  expectFailure(
    failure(() => exchangeInput(settingsOf({}))),
    {
      code: 'setting_missing',
      message: ['--dex-url, --client-id, --connector-id, --client-secret-file'],
      hint: [
        'DEXCHANGE_DEX_URL, DEXCHANGE_CLIENT_ID, DEXCHANGE_CONNECTOR_ID, DEXCHANGE_CLIENT_SECRET',
        '--dex-url, --client-id, --connector-id, --client-secret-file',
      ],
    },
  );
});

test.each(['client-secret', 'client-secret-file', 'client-secret-command'] as const)(
  '--%s is enough of a secret',
  (name) => {
    const { 'client-secret': _none, ...others } = flags;
    expect(exchangeInput(settingsOf({ flags: { ...others, [name]: 'x' } })).clientId).toBe('ci');
  },
);

describe('the audience', () => {
  const item = 'audience:server:client_id:';

  test.each<[string, Given['flags'], string, readonly string[]]>([
    ['is kubernetes', {}, 'openid profile email groups', ['kubernetes']],
    ['is what --audience says', { audience: 'a', scope: 'openid' }, 'openid', ['a']],
    ['is what the scope says', { scope: `openid ${item}a email` }, 'openid email', ['a']],
    ['may be two', { scope: `${item}a ${item}b ${item}a` }, '', ['a', 'b']],
    ['may be said twice', { scope: `openid ${item}a`, audience: 'a' }, 'openid', ['a']],
  ])('%s', (_what, given, scope, audiences) => {
    expect(settle({ flags: given ?? {} })).toMatchObject({ scope, audiences });
  });

  test('said in two ways must be one', () => {
    const seen = failure(() =>
      settle({ flags: { scope: `${item}a` }, env: { DEXCHANGE_AUDIENCE: 'b' } }),
    );
    const message = ['DEXCHANGE_AUDIENCE', '--scope'];
    expectFailure(seen, { code: 'setting_conflict', message, hint: [item] });
  });
});
