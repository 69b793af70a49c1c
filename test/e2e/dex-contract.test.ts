import { afterAll, inject } from 'vitest';
import { runContract } from '../support/dex-contract.ts';
import { sendRequest } from '../support/http-client.ts';
import { connectServers } from './harness/client.ts';
import { dexClients, dexConnectors } from './harness/dex.ts';
import { keycloakClients } from './harness/keycloak-realm.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

runContract(() => ({
  issuer: servers.dex.issuer,
  tokenUrl: servers.dex.tokenUrl,
  send: (url, options) => sendRequest(url, { ...options, caPem: servers.dex.caPem }),
  clients: { ci: dexClients.ci, untrusted: dexClients.untrusted },
  connectors: dexConnectors,
  tokenLifeSeconds: 600,
  async mint(kind) {
    switch (kind) {
      case 'keycloak-access':
        return servers.keycloakToken('openid', keycloakClients.basic);
      case 'keycloak-access-without-openid':
        return servers.keycloakToken('', keycloakClients.basic);
      case 'keycloak-access-without-email':
        return servers.keycloakToken('openid', keycloakClients.withoutEmail);
      case 'keycloak-id': {
        const answer = await servers.keycloakAnswer('openid');
        return (answer.json() as { id_token: string }).id_token;
      }
      default:
        return servers.mint({ kind });
    }
  },
}));
