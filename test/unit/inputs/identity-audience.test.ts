import { expect, test } from 'vitest';
import { identityOptions } from '../../../src/inputs/identity.ts';
import { fakeRuntime } from '../support/runtime.ts';
import { type Given, settingsOf } from '../support/settings.ts';

function audienceOf(given: Given): string {
  const network = () => Promise.reject(new Error('nobody is asked'));
  const runtime = fakeRuntime('/nowhere', given.env);
  return identityOptions(settingsOf(given), runtime, network).surroundings.audience;
}

test.each([
  ['https://dex.example.com', 'https://dex.example.com/'],
  ['https://dex.example.com/', 'https://dex.example.com/'],
  ['https://dex.example.com:8443', 'https://dex.example.com:8443/'],
  ['https://example.com/dex', 'https://example.com/dex'],
  ['https://example.com/dex/', 'https://example.com/dex/'],
])('with Dex at %s a token is minted for %s', (dexUrl, audience) => {
  expect(audienceOf({ flags: { 'dex-url': dexUrl } })).toBe(audience);
  expect(audienceOf({ cluster: { dexUrl } })).toBe(audience);
});

test('another audience can be set, but not by whoever wrote the cluster entry', () => {
  const flags = { 'dex-url': 'https://dex.example.com/' };
  expect(audienceOf({ flags: { ...flags, 'identity-audience': 'other' } })).toBe('other');
  expect(audienceOf({ flags, env: { DEXCHANGE_IDENTITY_AUDIENCE: 'other' } })).toBe('other');
  expect(() => audienceOf({ flags, cluster: { identityAudience: 'sts.amazonaws.com' } })).toThrow(
    "identityAudience must not be set in the cluster's extension",
  );
});
