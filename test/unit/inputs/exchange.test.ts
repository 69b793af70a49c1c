import { describe, expect, test } from 'vitest';
import { exchangeInput } from '../../../src/inputs/exchange.ts';
import { failure } from '../support/failure.ts';
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
  expect(failure(() => exchangeInput(settingsOf({})))).toEqual({
    code: 'setting_missing',
    message: 'not set: --dex-url, --client-id, --connector-id, the client secret',
    hint: "set DEXCHANGE_DEX_URL, DEXCHANGE_CLIENT_ID, DEXCHANGE_CONNECTOR_ID, DEXCHANGE_CLIENT_SECRET in the job, or --dex-url, --client-id, --connector-id, --client-secret-file in args of the kubeconfig's exec entry",
    exitCode: 2,
  });
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
    expect(
      failure(() => settle({ flags: { scope: `${item}a` }, env: { DEXCHANGE_AUDIENCE: 'b' } })),
    ).toEqual({
      code: 'setting_conflict',
      message: 'DEXCHANGE_AUDIENCE and --scope name different audiences',
      hint: `leave ${item}… out of the scope; the audience is added to it`,
      exitCode: 2,
    });
  });
});
