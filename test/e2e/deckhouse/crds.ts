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

const oneOfTheTypes = {
  oneOf: ['github', 'gitlab', 'bitbucketCloud', 'crowd', 'oidc', 'ldap'].map((name) => ({
    properties: { [name]: {} },
    required: [name],
  })),
};

const dexProviderFields = object(
  {
    enabled: { ...flag, default: true },
    displayName: text,
    type: { type: 'string', enum: ['Github', 'Gitlab', 'BitbucketCloud', 'Crowd', 'OIDC', 'LDAP'] },
    oidc: object(
      {
        clientID: text,
        clientSecret: text,
        issuer: text,
        getUserInfo: { ...flag, default: false },
        insecureSkipEmailVerified: { ...flag, default: false },
        userIDKey: { ...text, default: 'sub' },
        userNameKey: { ...text, default: 'name' },
        claimMapping: object({
          email: { ...text, default: 'email' },
          groups: { ...text, default: 'groups' },
          preferred_username: { ...text, default: 'preferred_username' },
        }),
        claimMappingOverride: { ...flag, default: false },
        scopes: { ...texts, default: ['openid', 'profile', 'email', 'groups', 'offline_access'] },
        promptType: { ...text, default: 'consent' },
        insecureSkipVerify: { ...flag, default: false },
        allowedGroups: texts,
        rootCAData: text,
        enableBasicAuth: flag,
        basicAuthUnsupported: { ...flag, default: false },
      },
      ['clientID', 'clientSecret', 'issuer'],
    ),
    gitlab: object({ baseURL: text, clientID: text, clientSecret: text }),
  },
  ['displayName', 'type'],
);

const dexProvider = { ...dexProviderFields, ...oneOfTheTypes };

const subjects = {
  type: 'array',
  items: object(
    {
      kind: { type: 'string', enum: ['User', 'Group', 'ServiceAccount'] },
      name: text,
      namespace: {
        ...text,
        minLength: 1,
        maxLength: 63,
        pattern: '[a-z0-9]([-a-z0-9]*[a-z0-9])?',
      },
    },
    ['kind', 'name'],
  ),
};

const authorizationRule = object(
  {
    subjects,
    accessLevel: { type: 'string', enum: ['User', 'PrivilegedUser', 'Editor', 'Admin'] },
    portForwarding: { ...flag, default: false },
    allowScale: { ...flag, default: false },
  },
  ['subjects'],
);

const clusterAuthorizationRule = object(
  {
    subjects,
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
  crd('AuthorizationRule', 'authorizationrules', 'Namespaced', authorizationRule, 'v1alpha1'),
];

function crd(
  kind: string,
  plural: string,
  scope: 'Namespaced' | 'Cluster',
  spec: Schema,
  version = 'v1',
) {
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
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: object({ spec }, ['spec']) },
        },
      ],
    },
  };
}
