import type { DexProviderOidc } from '../../support/examples.ts';
import { http } from '../harness/http.ts';

/** A DexProvider as the API server returns it, with the defaults of the schema. */
export interface DexProvider {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: {
    readonly type: string;
    readonly displayName: string;
    readonly oidc?: DexProviderOidc;
  };
}

/** Where a Dex with storage in etcd has its objects, and the CA of the IdPs. */
export interface DexStorage {
  readonly etcdUrl: string;
  readonly namespace: string;
  readonly upstreamCaFile: string;
  readonly issuer: string;
}

/**
 * The configuration of Dex's connector for a DexProvider of type OIDC, as Deckhouse's template for
 * Dex's configuration (modules/150-user-authn/templates/dex/config.yaml) makes it.
 */
export function connectorConfig(
  oidc: DexProviderOidc,
  { upstreamCaFile, dexIssuer }: { readonly upstreamCaFile: string; readonly dexIssuer: string },
): Readonly<Record<string, unknown>> {
  return {
    issuer: oidc.issuer,
    clientID: oidc.clientID,
    clientSecret: oidc.clientSecret,
    redirectURI: `${dexIssuer}callback`,
    ...(oidc.insecureSkipEmailVerified ? { insecureSkipEmailVerified: true } : {}),
    insecureEnableGroups: true,
    ...(oidc.getUserInfo ? { getUserInfo: true } : {}),
    userIDKey: oidc.userIDKey ?? 'sub',
    userNameKey: oidc.userNameKey ?? 'name',
    ...(oidc.claimMapping === undefined ? {} : { claimMapping: oidc.claimMapping }),
    ...(oidc.claimMappingOverride ? { overrideClaimMapping: true } : {}),
    ...(oidc.allowedGroups === undefined ? {} : { allowedGroups: oidc.allowedGroups }),
    scopes: oidc.scopes ?? ['openid', 'profile', 'email', 'groups', 'offline_access'],
    // In place of the public CAs that the IdPs of the tests do not have.
    rootCAs: [upstreamCaFile],
  };
}

/**
 * Gives Dex the connector of a DexProvider of type OIDC. Dex reads connectors from its storage for
 * each request, so it need not be restarted.
 */
export async function putConnector(
  { metadata, spec }: DexProvider,
  { etcdUrl, namespace, upstreamCaFile, issuer }: DexStorage,
): Promise<void> {
  const { oidc } = spec;
  if (spec.type !== 'OIDC' || oidc === undefined) return;
  const config = connectorConfig(oidc, { upstreamCaFile, dexIssuer: issuer });
  const connector = {
    id: metadata.name,
    type: 'oidc',
    name: spec.displayName,
    resourceVersion: metadata.resourceVersion,
    // Dex's name for the configuration in its storage.
    email: base64(JSON.stringify(config)),
  };
  const answer = await http(`${etcdUrl}/v3/kv/put`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      key: base64(`${namespace}connector/${metadata.name}`),
      value: base64(JSON.stringify(connector)),
    }),
  });
  if (answer.status !== 200) throw new Error(`etcd answers ${answer.status}: ${answer.text}`);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
