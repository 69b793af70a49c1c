import { expect, test } from 'vitest';
import { fakeRuntime, identityFor } from '../support/runtime.ts';
import { type Given, settingsOf } from '../support/settings.ts';

function audienceOf(given: Given): string | undefined {
  const runtime = fakeRuntime('/nowhere', given.env);
  return identityFor(settingsOf(given), runtime).surroundings.audience;
}

test.each([
  ['https://dex.example.com', 'https://dex.example.com/'],
  ['https://dex.example.com/', 'https://dex.example.com/'],
  ['https://dex.example.com:8443', 'https://dex.example.com:8443/'],
  ['https://example.com/dex', 'https://example.com/dex'],
  ['https://example.com/dex/', 'https://example.com/dex/'],
])('with Dex URL %s the audience is %s', (dexUrl, audience) => {
  expect(audienceOf({ flags: { 'dex-url': dexUrl } })).toBe(audience);
  expect(audienceOf({ cluster: { dexUrl } })).toBe(audience);
});

test('the audience can be set by flag and variable, but not by a cluster entry', () => {
  const flags = { 'dex-url': 'https://dex.example.com/' };
  expect(audienceOf({ flags: { ...flags, 'identity-audience': 'other' } })).toBe('other');
  expect(audienceOf({ flags, env: { DEXCHANGE_IDENTITY_AUDIENCE: 'other' } })).toBe('other');
  expect(() => audienceOf({ flags, cluster: { identityAudience: 'sts.amazonaws.com' } })).toThrow(
    'identityAudience',
  );
});

test('method identity has no default but an audience that is set for the credential', () => {
  const flags = { method: 'identity', 'dex-url': 'https://dex.example.com/' };
  expect(audienceOf({ flags })).toBeUndefined();
  expect(audienceOf({ flags: { ...flags, audience: 'api' } })).toBe('api');
  const both = { ...flags, audience: 'api', 'identity-audience': 'other' };
  expect(audienceOf({ flags: both })).toBe('other');
});
