export interface KeycloakClient {
  readonly id: string;
  readonly secret: string;
  /** Send the secret in the body instead of a Basic header. */
  readonly inBody?: boolean;
}

/** The name of the realm. */
export const realm = 'ci';

/** The clients; each has a service account with the verified email deployer@example.com. */
export const keycloakClients = {
  /** client_secret_basic only; its secret contains characters that need form-encoding. */
  basic: { id: 'ci', secret: 's3cr+t%2F=&:x' },
  /** client_secret_post only. */
  post: { id: 'ci-post', secret: 'p0st+s%2F=&:x', inBody: true },
  /** private_key_jwt with the key `clientKeyPem` of the running Keycloak (RS256). */
  jwt: { id: 'ci-jwt' },
  /** Like `basic`, but its service account has no email, which is Keycloak's default. */
  withoutEmail: { id: 'ci-without-email', secret: 'without-email-s3cret' },
} as const;

/** The groups of the service accounts of `basic`, `post` and `jwt`. */
export const keycloakGroups = ['deployers', 'auditors'] as const;

/**
 * The realm in Keycloak's import form. `clientKey` is the public key (JWK) of client `ci-jwt`.
 */
export function realmFile(clientKey: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const jwks = {
    keys: [{ ...clientKey, kid: 'ci-jwt', use: 'sig', alg: 'RS256' }],
  };
  return {
    realm,
    enabled: true,
    sslRequired: 'all',
    accessTokenLifespan: 300,
    // The service accounts of three clients share one email.
    duplicateEmailsAllowed: true,
    loginWithEmailAllowed: false,
    groups: keycloakGroups.map((name) => ({ name })),
    clients: [
      client(keycloakClients.basic.id, {
        secret: keycloakClients.basic.secret,
        attributes: { [allowedMethod]: 'client_secret_basic' },
      }),
      client(keycloakClients.post.id, {
        secret: keycloakClients.post.secret,
        attributes: { [allowedMethod]: 'client_secret_post' },
      }),
      client(keycloakClients.jwt.id, {
        clientAuthenticatorType: 'client-jwt',
        attributes: {
          'token.endpoint.auth.signing.alg': 'RS256',
          'use.jwks.string': 'true',
          'jwks.string': JSON.stringify(jwks),
        },
      }),
      client(keycloakClients.withoutEmail.id, { secret: keycloakClients.withoutEmail.secret }),
    ],
    users: [
      serviceAccount(keycloakClients.basic.id, deployer),
      serviceAccount(keycloakClients.post.id, deployer),
      serviceAccount(keycloakClients.jwt.id, deployer),
      serviceAccount(keycloakClients.withoutEmail.id, {}),
    ],
  };
}

const allowedMethod = 'client.secret.authentication.allowed.method';

function client(clientId: string, more: Record<string, unknown>): Record<string, unknown> {
  return {
    clientId,
    enabled: true,
    protocol: 'openid-connect',
    publicClient: false,
    clientAuthenticatorType: 'client-secret',
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
    directAccessGrantsEnabled: false,
    protocolMappers: [
      {
        name: 'groups',
        protocol: 'openid-connect',
        protocolMapper: 'oidc-group-membership-mapper',
        config: {
          'claim.name': 'groups',
          'full.path': 'false',
          'access.token.claim': 'true',
          'id.token.claim': 'true',
          'userinfo.token.claim': 'true',
        },
      },
    ],
    ...more,
  };
}

const deployer = {
  email: 'deployer@example.com',
  emailVerified: true,
  firstName: 'CI',
  lastName: 'Deployer',
  groups: keycloakGroups.map((name) => `/${name}`),
};

function serviceAccount(id: string, more: Record<string, unknown>): Record<string, unknown> {
  return {
    username: `service-account-${id}`,
    enabled: true,
    serviceAccountClientId: id,
    ...more,
  };
}
