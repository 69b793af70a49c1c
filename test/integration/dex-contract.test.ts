import { afterAll, beforeAll } from 'vitest';
import { type CertificateAuthority, createCa } from '../support/certificates.ts';
import { type Dex, dexClients, startDex } from '../support/dex.ts';
import { type DexPeer, runContract } from '../support/dex-contract.ts';
import { sendRequest } from '../support/http-client.ts';
import { type Idp, startIdp } from '../support/idp.ts';

let ca: CertificateAuthority;
let gitlab: Idp;
let keycloak: Idp;
let dex: Dex;

beforeAll(async () => {
  ca = await createCa();
  const tls = await ca.issue({ commonName: 'peers', hosts: ['127.0.0.1'] });
  gitlab = await startIdp({ tls });
  keycloak = await startIdp({ tls, path: '/realms/ci' });
  dex = await startDex({
    tls,
    idps: {
      gitlab: { issuer: gitlab.issuer, caPem: ca.certPem },
      keycloak: { issuer: keycloak.issuer, caPem: ca.certPem },
    },
  });
});

afterAll(async () => {
  await Promise.all([dex.close(), gitlab.close(), keycloak.close()]);
});

runContract(
  (): DexPeer => ({
    issuer: dex.issuer,
    tokenUrl: dex.tokenUrl,
    send: (url, options) => sendRequest(url, { ...options, caPem: ca.certPem }),
    clients: { ci: dexClients[0], untrusted: dexClients[1] },
    connectors: { gitlab: 'gitlab', keycloak: 'keycloak', mock: 'mock', password: 'password' },
    tokenLifeSeconds: 600,
    mint(kind) {
      switch (kind) {
        case 'keycloak-access':
          return keycloak.mintAccessToken('ci-client', 'openid');
        case 'keycloak-access-without-openid':
          return keycloak.mintAccessToken('ci-client', '');
        case 'keycloak-access-without-email':
          return keycloak.mintAccessToken('ci-without-email', 'openid');
        case 'keycloak-id':
          return keycloak.mintIdToken('ci-client');
        default:
          return gitlab.mintGitlab(kind);
      }
    },
  }),
);
