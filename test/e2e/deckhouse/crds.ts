/** A JSON schema in a CustomResourceDefinition. */
type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const texts: Schema = { type: 'array', items: text };
const map: Schema = { type: 'object', additionalProperties: text };

function object(properties: Readonly<Record<string, Schema>>, required: readonly string[] = []) {
  return { type: 'object', properties, ...(required.length === 0 ? {} : { required }) };
}

const dexClient = object(
  {
    allowedEmails: texts,
    allowedGroups: texts,
    redirectURIs: texts,
    trustedPeers: texts,
    secretMetadata: object({ labels: map, annotations: map }),
  },
  [],
);

const dexProvider = object(
  {
    displayName: text,
    type: { type: 'string', enum: ['Github', 'Gitlab', 'BitbucketCloud', 'Crowd', 'OIDC', 'LDAP'] },
    oidc: object(
      {
        clientID: text,
        clientSecret: text,
        issuer: text,
        getUserInfo: flag,
        insecureSkipEmailVerified: flag,
        userIDKey: { ...text, default: 'sub' },
        userNameKey: { ...text, default: 'name' },
        claimMapping: object({ email: text, groups: text, preferred_username: text }),
        claimMappingOverride: flag,
        scopes: texts,
        allowedGroups: texts,
        rootCAData: text,
        enableBasicAuth: flag,
        basicAuthUnsupported: flag,
      },
      ['clientID', 'clientSecret', 'issuer'],
    ),
    gitlab: object({ baseURL: text, clientID: text, clientSecret: text }),
  },
  ['displayName', 'type'],
);

const clusterAuthorizationRule = object(
  {
    subjects: {
      type: 'array',
      items: object(
        {
          kind: { type: 'string', enum: ['User', 'Group', 'ServiceAccount'] },
          name: text,
          namespace: text,
        },
        ['kind', 'name'],
      ),
    },
    accessLevel: {
      type: 'string',
      enum: [
        'User',
        'PrivilegedUser',
        'Editor',
        'Admin',
        'ClusterEditor',
        'ClusterAdmin',
        'SuperAdmin',
      ],
    },
    portForwarding: flag,
    allowScale: flag,
    namespaceSelector: object({
      matchAny: flag,
      labelSelector: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    }),
  },
  ['subjects'],
);

/**
 * The kinds of Deckhouse for the access of a pipeline, with structural schemas that accept and
 * reject the same objects as those of August 2026.
 */
export const deckhouseCrds = [
  crd('DexClient', 'dexclients', 'Namespaced', dexClient),
  crd('DexProvider', 'dexproviders', 'Cluster', dexProvider),
  crd('ClusterAuthorizationRule', 'clusterauthorizationrules', 'Cluster', clusterAuthorizationRule),
];

function crd(kind: string, plural: string, scope: 'Namespaced' | 'Cluster', spec: Schema) {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.deckhouse.io` },
    spec: {
      group: 'deckhouse.io',
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: object({ spec }, ['spec']) },
        },
      ],
    },
  };
}
