import { expect, test } from 'vitest';
import { encodeForm } from '../../../src/http/form.ts';
import { buildTokenExchange } from '../../../src/oauth/token-exchange.ts';
import { reveal, Secret } from '../../../src/secret.ts';
import { anExchange } from '../support/exchange.ts';

const subject = new Secret('idp.token.sig');

test('the request has the parameters that Dex requires', () => {
  const request = buildTokenExchange(anExchange(), subject);
  expect(request).toMatchObject({
    peer: 'dex',
    method: 'POST',
    url: 'https://dex.example.com/token',
  });
  expect(request.headers.map(([name, value]) => [name, reveal(value)])).toEqual([
    ['accept', 'application/json'],
    ['authorization', 'Basic ZGV4LWNsaWVudC1jaSU0MGQ4LXVzZXItYXV0aG46ZGV4LXMzY3JldA=='],
  ]);
  expect(new URLSearchParams(encodeForm(request.form ?? [])).toString()).toBe(
    new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      connector_id: 'gitlab',
      scope: 'openid profile email groups audience:server:client_id:kubernetes',
      requested_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      subject_token: 'idp.token.sig',
    }).toString(),
  );
});

test('a request that is logged shows no secret', () => {
  const shown = JSON.stringify(buildTokenExchange(anExchange(), subject));
  expect(shown).not.toContain('idp.token.sig');
  expect(shown).not.toContain('ZGV4');
});

test.each([
  ['openid', ['kubernetes'], 'openid audience:server:client_id:kubernetes'],
  ['  openid \n email openid', ['a'], 'openid email audience:server:client_id:a'],
  ['openid', ['a', 'b'], 'openid audience:server:client_id:a audience:server:client_id:b'],
  ['audience:server:client_id:a', ['a'], 'audience:server:client_id:a'],
  ['openid', [], 'openid'],
])('scope %j with audiences %j is sent as %j', (scope, audiences, sent) => {
  const { form = [] } = buildTokenExchange(anExchange({ scope, audiences }), subject);
  expect(form.find(([name]) => name === 'scope')).toEqual(['scope', sent]);
});

test('token types are sent as URNs', () => {
  const { form = [] } = buildTokenExchange(
    anExchange({ requestedTokenType: 'access_token', subjectTokenType: 'access_token' }),
    subject,
  );
  const types = form.filter(([name]) => name.endsWith('_token_type')).map(([, value]) => value);
  const urn = 'urn:ietf:params:oauth:token-type:access_token';
  expect(types).toEqual([urn, urn]);
});
