import { expect, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import type { IncomingResponse, OutgoingRequest, Send } from '../../../src/http/message.ts';
import { askClient, askConnector } from '../../../src/oauth/dex-login.ts';

// What Dex 2.45.1 answers; test/e2e/explain.test.ts asks the real one.

const dex = 'https://dex.example.com/';
const client = 'dex-client-ci@d8-user-authn';

function sender(answer: (url: string) => { status: number; body: string }) {
  const requests: OutgoingRequest[] = [];
  const send: Send = async (request) => {
    requests.push(request);
    const { status, body } = answer(request.url);
    if (status < 300 || status >= 400) return { status, body, headers: {} } as IncomingResponse;
    throw new DexchangeError('server_redirect', 'dex redirects', { hint: 'follow it' });
  };
  return { send, requests };
}

const link = (id: string, type: string) =>
  `<a href="/auth/${id}?state=x" target="_self">\n<span class="dex-btn-icon dex-btn-icon--${type}"></span></a>\n`;

test.each([
  [404, '<p>Invalid client_id.</p>', 'unknown'],
  [400, '<p>Unregistered redirect_uri.</p>', 'known'],
  [404, '404 page not found', undefined],
  [200, '<p>Log in to the network</p>', undefined],
  [302, '', undefined],
])('a client, if the login answers %d %s', async (status, body, existence) => {
  const { send, requests } = sender(() => ({ status, body }));
  expect(await askClient(dex, client, send)).toBe(existence);
  expect(requests).toEqual([
    expect.objectContaining({
      method: 'GET',
      url: 'https://dex.example.com/auth/none?client_id=dex-client-ci%40d8-user-authn&response_type=code',
    }),
  ]);
});

test('a client id that may be a secret is not asked for', async () => {
  const { send, requests } = sender(() => ({ status: 404, body: 'Invalid client_id.' }));
  for (const id of ['kV9/3xQ2mN8pL5wR7tY1', 'ci', 'dex-client-kV93xQ2mN8pL5wR7tY1zA4@d8']) {
    expect(await askClient(dex, id, send)).toBeUndefined();
  }
  expect(requests).toEqual([]);
});

test('a connector on the login page has its type there', async () => {
  const body = link('gitlab', 'oidc') + link('crowd%20one', 'atlassian-crowd') + link('x', 'ldap');
  const ask = (id: string) => askConnector(dex, id, sender(() => ({ status: 200, body })).send);
  const ids = ['gitlab', 'crowd one', 'x'];
  expect(await ask('gitlab')).toEqual({ existence: 'known', type: 'oidc', ids });
  expect(await ask('crowd one')).toEqual({ existence: 'known', type: 'atlassian-crowd', ids });
  expect(await ask('nope')).toEqual({ existence: 'unknown', type: undefined, ids });
});

test.each([
  [302, '', 'known'],
  [400, '<p>Connector ID does not match a valid Connector</p>', 'unknown'],
  [400, '<p>Bad Request</p>', undefined],
  [200, '<p>Log in to the network</p>', undefined],
])('without a list, if the login answers %d %s', async (status, body, existence) => {
  // With a single connector, the page itself redirects to it.
  const { send } = sender((url) =>
    url.endsWith('?connector_id=ci%2Fa') ? { status, body } : { status: 302, body: '' },
  );
  const facts = await askConnector(dex, 'ci/a', send);
  expect(facts).toEqual(existence && { existence, type: undefined, ids: [] });
});

test('a page that no one could have written is not an error', async () => {
  const { send } = sender(() => ({ status: 200, body: link('%E0%A4%A', 'oidc') }));
  expect(await askConnector(dex, 'gitlab', send)).toBeUndefined();
});
