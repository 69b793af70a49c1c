import { describe, expect, test } from 'vitest';
import { apiDenial } from '../../../src/kubernetes/client/api-denial.ts';
import { kubernetesApi } from '../../../src/kubernetes/client/client.ts';
import { foreignBody } from '../../../src/kubernetes/client/foreign-body.ts';

async function answered(status: number, body: string) {
  const identity = { authorization: undefined, impersonate: undefined };
  const api = kubernetesApi('https://api.example.com', 'ci', identity, {
    send: async () => ({ status, headers: {}, body }),
    close: async () => {},
  });
  const response = await api.send({ method: 'GET', path: '/x' });
  const operation = { what: 'read x', ifForbidden: 'ask', ifMissing: 'create x' };
  return { error: apiDenial(response, api, operation), foreign: foreignBody(response) };
}

const page = '<html><head><title>404 Not Found</title></head></html>';

describe('a 404', () => {
  test.each([
    ['of the API server', '{"kind":"Status","message":"x not found"}', 'api_missing', 'create x'],
    // So kube-apiserver answers for an API group that it does not have.
    ['in plain text', '404 page not found', 'api_missing', 'create x'],
    ['of a web server', page, 'api_refused', 'check that https://api.example.com is a Kubernetes'],
  ])('%s', async (_what, body, code, hint) => {
    const { error } = await answered(404, body);
    expect(error.code).toBe(code);
    expect(error.hint).toContain(hint);
  });
});

test.each([
  ['{"kind":"Status"}', undefined],
  [page, 'an HTML page titled "404 Not Found"'],
  ['404 page not found', 'plain text'],
  ['{"error":"404 Not Found"}', 'JSON that is not of Kubernetes'],
  ['', 'a body that is not JSON'],
])('the body %s is of another server: %s', async (body, foreign) => {
  expect((await answered(404, body)).foreign).toBe(foreign);
});
