import { describe, expect, test } from 'vitest';
import { buildDiscovery, readDiscovery } from '../../../src/oauth/discovery.ts';
import { failure } from '../support/failure.ts';

const issuer = 'https://idp.example.com/realms/ci';
const token_endpoint = 'https://idp.example.com/realms/ci/token';

function read(body: unknown, status = 200) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return readDiscovery({ status, headers: {}, body: text }, issuer);
}

test.each([issuer, `${issuer}/`])('the request for %s goes to its well-known URL', (url) => {
  expect(buildDiscovery(url)).toEqual({
    peer: 'idp',
    method: 'GET',
    url: `${issuer}/.well-known/openid-configuration`,
    headers: [['accept', 'application/json']],
  });
});

test.each([issuer, `${issuer}/`])('metadata of issuer %s has a token endpoint', (named) => {
  expect(read({ issuer: named, token_endpoint })).toBe(token_endpoint);
});

describe('invalid metadata is rejected:', () => {
  test.each([
    [
      { issuer: 'https://evil.example.com', token_endpoint },
      `https://evil.example.com, not ${issuer}`,
    ],
    [
      { issuer: 'https://idp.example.com/realms/CI', token_endpoint },
      `https://idp.example.com/realms/CI, not ${issuer}`,
    ],
    [{ token_endpoint }, `(none), not ${issuer}`],
    [{ issuer }, 'no token endpoint'],
    [{ issuer, token_endpoint: '/token' }, 'no token endpoint'],
    ['<html>', '200 with an HTML page'],
    [[], '200 with a body that is not a JSON object'],
    [{ issuer: 'a\nhint: b', token_endpoint }, `(not a URL), not ${issuer}`],
  ])('%j', (body, message) => {
    expect(failure(() => read(body))).toMatchObject({
      code: 'idp_discovery_invalid',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('--idp-'),
      exitCode: 3,
    });
  });

  test('any other status', () => {
    expect(failure(() => read({ issuer, token_endpoint }, 404))).toMatchObject({
      code: 'idp_discovery_invalid',
      message: expect.stringContaining('404 with JSON'),
    });
  });
});
