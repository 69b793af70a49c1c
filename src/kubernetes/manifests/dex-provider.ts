import { reveal, type Secret } from '../../secret.ts';
import type { Note, NotedManifest } from './manifest.ts';

/** The kinds of IdP that a DexProvider can be generated for. */
export type ProviderKind = 'gitlab' | 'github' | 'keycloak' | 'oidc';

/** What to generate a DexProvider from. */
export interface ProviderSpec {
  readonly kind: ProviderKind;
  /** metadata.name, which is also the connector id. */
  readonly name: string;
  readonly displayName: string;
  readonly issuerUrl: string;
  /** Undefined if the provider is for tokens of CI jobs only: Dex does not use it for these. */
  readonly clientId: string | undefined;
  readonly clientSecret: Secret | undefined;
  /** True if Dex must check usernames and passwords with this provider. */
  readonly basicAuth: boolean;
}

/** Marks values that the administrator must fill in. */
export const placeholder = 'REPLACE-ME';

/** The issuers of public services, as defaults. */
export const knownIssuers: Partial<Readonly<Record<ProviderKind, string>>> = {
  gitlab: 'https://gitlab.com',
  github: 'https://token.actions.githubusercontent.com',
};

/** The default display names on the login page. */
export const displayNames: Readonly<Record<ProviderKind, string>> = {
  gitlab: 'GitLab',
  github: 'GitHub Actions',
  keycloak: 'Keycloak',
  oidc: 'OIDC',
};

/**
 * A DexProvider of type OIDC, configured so that token exchange, or Basic Auth, works with the IdP.
 */
export function dexProviderManifest(spec: ProviderSpec): NotedManifest {
  const { kind, name, displayName, issuerUrl, clientId, clientSecret } = spec;
  const details = spec.basicAuth ? basicAuthDetails(kind) : exchangeDetails[kind];
  const notes: Note[] = [
    {
      at: [],
      text: spec.basicAuth
        ? 'Only one DexProvider in a cluster can have enableBasicAuth.'
        : 'Use its name as the value of --connector-id.',
    },
    {
      at: ['spec', 'type'],
      text: 'OIDC for every IdP: other types do not support token exchange in Dex 2.45.',
    },
    ...details.notes,
  ];
  if (clientId === undefined) {
    notes.push({
      at: ['spec', 'oidc', 'clientID'],
      text: 'Required by the schema, unused for token exchange. If people log in with this provider, register an application at the IdP.',
    });
  }
  if (clientSecret === undefined) {
    notes.push({
      at: ['spec', 'oidc', 'clientSecret'],
      text:
        clientId === undefined
          ? 'Required by the schema, like clientID.'
          : `Replace this with the secret of client ${clientId} at the IdP, or set --idp-client-secret-file.`,
    });
  }
  return {
    manifest: {
      apiVersion: 'deckhouse.io/v1',
      kind: 'DexProvider',
      metadata: { name },
      spec: {
        type: 'OIDC',
        displayName,
        oidc: {
          issuer: issuerUrl,
          clientID: clientId ?? placeholder,
          clientSecret: clientSecret === undefined ? placeholder : reveal(clientSecret),
          ...details.oidc,
        },
      },
    },
    notes,
  };
}

interface ProviderDetails {
  readonly oidc: Readonly<Record<string, unknown>>;
  readonly notes: readonly Note[];
}

function oidcNote(field: string, text: string): Note {
  return { at: ['spec', 'oidc', field], text };
}

const noVerifiedEmail = 'Job tokens have no email_verified claim, which Dex requires otherwise.';

const exchangeDetails: Readonly<Record<ProviderKind, ProviderDetails>> = {
  gitlab: {
    oidc: {
      userNameKey: 'user_login',
      claimMapping: { email: 'user_email' },
      insecureSkipEmailVerified: true,
    },
    notes: [
      oidcNote(
        'userNameKey',
        'Dex requires a name; user_login is the user who started the pipeline.',
      ),
      oidcNote(
        'claimMapping',
        'The Kubernetes user is the email, which is user_email in a job token.',
      ),
      oidcNote('insecureSkipEmailVerified', noVerifiedEmail),
    ],
  },
  github: {
    oidc: {
      userNameKey: 'sub',
      claimMapping: { email: 'sub' },
      insecureSkipEmailVerified: true,
    },
    notes: [
      oidcNote(
        'userNameKey',
        'A job token has no name claim; sub contains the repository and the branch or environment.',
      ),
      oidcNote(
        'claimMapping',
        'A job token has no email either, so the Kubernetes user is sub, such as repo:my-org/my-app:ref:refs/heads/main.',
      ),
      oidcNote('insecureSkipEmailVerified', noVerifiedEmail),
    ],
  },
  keycloak: {
    oidc: { userNameKey: 'preferred_username', getUserInfo: true },
    notes: [
      oidcNote(
        'userNameKey',
        'The user of a client (service-account-…) has no name claim, but this one.',
      ),
      oidcNote(
        'getUserInfo',
        "Dex validates access tokens of client_credentials at Keycloak's userinfo endpoint: the token needs scope openid, and the client's user needs a verified email.",
      ),
    ],
  },
  oidc: { oidc: {}, notes: [] },
};

function basicAuthDetails(kind: ProviderKind): ProviderDetails {
  return {
    oidc: {
      ...(kind === 'keycloak' ? { userNameKey: 'preferred_username' } : {}),
      enableBasicAuth: true,
    },
    notes: [
      oidcNote(
        'enableBasicAuth',
        'Dex sends the password to the IdP (password grant), so enable this grant for the client: in Keycloak, Direct access grants.',
      ),
    ],
  };
}
