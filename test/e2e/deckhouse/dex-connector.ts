import { http } from '../harness/http.ts';

/** A DexProvider as the API server returns it, with the defaults of the schema. */
export interface DexProvider {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: {
    readonly type: string;
    readonly displayName: string;
    readonly oidc?: {
      readonly issuer: string;
      readonly clientID: string;
      readonly clientSecret: string;
      readonly getUserInfo?: boolean;
      readonly insecureSkipEmailVerified?: boolean;
      readonly userIDKey?: string;
      readonly userNameKey?: string;
      readonly claimMapping?: Readonly<Record<string, string>>;
      readonly claimMappingOverride?: boolean;
      readonly allowedGroups?: readonly string[];
      readonly scopes?: readonly string[];
    };
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
 * Gives Dex the connector of a DexProvider of type OIDC, as Deckhouse's template for Dex's
 * configuration (modules/150-user-authn/templates/dex/config.yaml) makes it. Dex reads connectors
 * from its storage for each request, so it need not be restarted.
 */
export async function putConnector(
  { metadata, spec }: DexProvider,
  { etcdUrl, namespace, upstreamCaFile, issuer }: DexStorage,
): Promise<void> {
  const { oidc } = spec;
  if (spec.type !== 'OIDC' || oidc === undefined) return;
  const config = {
    issuer: oidc.issuer,
    clientID: oidc.clientID,
    clientSecret: oidc.clientSecret,
    redirectURI: `${issuer}callback`,
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
