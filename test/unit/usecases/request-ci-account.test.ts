import { expect, test } from 'vitest';
import { requestCiAccount } from '../../../src/usecases/request-ci-token.ts';
import { aJwt } from '../support/exchange.ts';

const request = {
  title: 'the metadata server',
  method: 'GET',
  url: 'http://metadata.example/identity',
  headers: [],
  remedy: 'attach a service account',
} as const;

const email = 'ci@p.iam.gserviceaccount.com';

test.each([
  [{ sub: '101', email }, '101'],
  [{ sub: '102', email }, '102'],
  [{ email }, undefined],
  [{ sub: '', email }, undefined],
  [{ sub: 7, email }, undefined],
])('the account of a token with %j is %s, or the token itself', async (claims, id) => {
  const token = aJwt(claims);
  const send = async () => ({ status: 200, headers: {}, body: token });
  const account = await requestCiAccount(request, { send });
  expect(account.token.reveal()).toBe(token);
  expect(account.id).toBe(id ?? token);
});
