import { createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { connectServers } from './harness/client.ts';
import { dexClients } from './harness/dex.ts';
import { form, http } from './harness/http.ts';
import { keycloakClients, keycloakGroups } from './harness/keycloak-realm.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

describe('without the plugin', () => {
  test('a GitLab id_token is exchanged for a Dex token that kubectl can use', async () => {
    const subjectToken = await servers.mint({ groups: ['deployers', 'группа'] });
    const token = await servers.exchangedToken({ subjectToken });

    const user = await servers.whoAmI(token);
    expect(user.username).toBe('deployer@example.com');
    expect(user.groups).toEqual(expect.arrayContaining(['deployers', 'группа']));

    const listed = await servers.kubectl(['get', 'ns', '-o', 'name'], { token });
    expect(listed).toEqual({
      code: 0,
      stdout: expect.stringContaining('namespace/kube-system\n'),
      stderr: '',
    });
  });

  test("a Keycloak access token is exchanged for a Dex token with the client's groups", async () => {
    for (const client of [keycloakClients.basic, keycloakClients.post]) {
      const subjectToken = await servers.keycloakToken('openid', client);
      const token = await servers.exchangedToken({
        subjectToken,
        subjectTokenType: 'access_token',
        connectorId: 'keycloak',
      });
      const user = await servers.whoAmI(token);
      expect(user.username, client.id).toBe('deployer@example.com');
      expect(user.groups).toEqual(expect.arrayContaining([...keycloakGroups]));
    }
  });

  test('Keycloak accepts a signed assertion (private_key_jwt)', async () => {
    const { issuer, tokenUrl, clientKeyPem, caPem } = servers.keycloak;
    const id = keycloakClients.jwt.id;
    const assertion = await new SignJWT()
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(issuer)
      .setJti(randomUUID())
      .setExpirationTime('1m')
      .sign(createPrivateKey(clientKeyPem));
    const fields = form({
      grant_type: 'client_credentials',
      scope: 'openid',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
    const answer = await http(tokenUrl, { ...fields, caPem });
    expect(answer.status, answer.text).toBe(200);
  });

  test('Dex denies the same requests as in a cluster', async () => {
    const subjectToken = await servers.mint();
    const denied = {
      expired: { subjectToken: await servers.mint({ kind: 'expired' }) },
      'wrong key': { subjectToken: await servers.mint({ kind: 'foreign-key' }) },
      'no e-mail': { subjectToken: await servers.mint({ kind: 'without-email' }) },
      'not a trusted peer': { subjectToken, client: dexClients.untrusted },
      'unknown connector': { subjectToken, connectorId: 'nope' },
      'connector without token exchange': { subjectToken, connectorId: 'password' },
      'bad secret': { subjectToken, client: { ...dexClients.ci, secret: 'wrong' } },
    };
    const answers: Record<string, unknown> = {};
    for (const [name, options] of Object.entries(denied)) {
      const answer = await servers.exchange(options);
      answers[name] = [answer.status, (answer.json() as { error: string }).error];
    }
    expect(answers).toEqual({
      expired: [401, 'access_denied'],
      'wrong key': [401, 'access_denied'],
      'no e-mail': [401, 'access_denied'],
      'not a trusted peer': [500, 'server_error'],
      'unknown connector': [400, 'invalid_request'],
      'connector without token exchange': [400, 'invalid_request'],
      'bad secret': [401, 'invalid_client'],
    });
  });

  test('a private Dex counts its token requests and forgets its keys when restarted', async () => {
    const dex = await servers.startDex({ idTokens: '1h' });
    const issuer = { issuer: dex.issuer, caPem: dex.caPem };
    const exchanged = async () =>
      await servers.exchangedToken({ subjectToken: await servers.mint() }, dex);

    const before = await exchanged();
    expect(await servers.countTokenRequests(dex, exchanged)).toBe(1);

    const kubernetes = await servers.startKubernetes([{ ...issuer, token: exchanged }]);
    const user = { username: 'deployer@example.com' };
    await expect(servers.whoAmI(before, kubernetes)).resolves.toMatchObject(user);

    // The API server keeps the old keys for the time in their Cache-Control header, and does not
    // fetch unknown keys: for that time it rejects the valid token and accepts the old one.
    await dex.restart();
    const after = await exchanged();
    await expect(servers.whoAmI(before, kubernetes)).resolves.toMatchObject(user);
    await expect(servers.whoAmI(after, kubernetes)).rejects.toThrow('401');

    await kubernetes.restart();
    await expect(servers.whoAmI(before, kubernetes)).rejects.toThrow('401');
    await expect(servers.whoAmI(after, kubernetes)).resolves.toMatchObject(user);
  });
});
