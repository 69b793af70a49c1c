import { describe, expect, test } from 'vitest';
import { buildDiscovery, readDiscovery } from '../../../src/oauth/discovery.ts';
import { failure } from '../support/failure.ts';

const issuer = 'https://idp.example.com/realms/ci';
const token_endpoint = 'https://idp.example.com/realms/ci/token';

function read(body: unknown, status = 200) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readDiscovery({ status, headers: {}, body: text }, issuer);
}

test.each([issuer, `${issuer}/`])('%s is asked at its well-known address', (url) => {
  expect(buildDiscovery(url)).toEqual({
    peer: 'idp',
    method: 'GET',
    url: `${issuer}/.well-known/openid-configuration`,
    headers: [['accept', 'application/json']],
  });
});

test.each([issuer, `${issuer}/`])('an IdP that calls itself %s names its endpoint', (named) => {
  expect(read({ issuer: named, token_endpoint })).toBe(token_endpoint);
});

describe('is refused', () => {
  test.each([
    [
      { issuer: 'https://evil.example.com', token_endpoint },
      `the IdP calls itself https://evil.example.com, not ${issuer}`,
    ],
    [
      { issuer: 'https://idp.example.com/realms/CI', token_endpoint },
      `the IdP calls itself https://idp.example.com/realms/CI, not ${issuer}`,
    ],
    [{ token_endpoint }, `the IdP calls itself nothing, not ${issuer}`],
    [{ issuer }, "the IdP's discovery document names no token endpoint"],
    [{ issuer, token_endpoint: '/token' }, "the IdP's discovery document names no token endpoint"],
    ['<html>', "the IdP's discovery document: 200 with an HTML page"],
    [[], "the IdP's discovery document: 200 with a body that is not a JSON object"],
    [
      { issuer: 'a\nhint: b', token_endpoint },
      `the IdP calls itself something that is no URL, not ${issuer}`,
    ],
  ])('%j', (body, message) => {
    expect(failure(() => read(body))).toMatchObject({
      code: 'idp_discovery_invalid',
      message,
      hint: expect.stringContaining('--idp-'),
      exitCode: 3,
    });
  });

  test('with any other status', () => {
    expect(failure(() => read({ issuer, token_endpoint }, 404))).toMatchObject({
      code: 'idp_discovery_invalid',
      message: "the IdP's discovery document: 404 with JSON",
    });
  });
});
