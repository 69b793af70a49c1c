import { expect, test } from 'vitest';
import { endpointUrl } from '../../../src/oauth/endpoint.ts';

test.each([
  ['https://dex.example.com', 'https://dex.example.com/token'],
  ['https://dex.example.com/', 'https://dex.example.com/token'],
  ['https://dex.example.com//', 'https://dex.example.com/token'],
  ['https://example.com/dex', 'https://example.com/dex/token'],
  ['https://example.com/dex/', 'https://example.com/dex/token'],
  ['http://127.0.0.1:5556/dex?a=b#c', 'http://127.0.0.1:5556/dex/token'],
])('the token endpoint of %s is %s', (issuer, url) => {
  expect(endpointUrl(issuer, 'token')).toBe(url);
});
