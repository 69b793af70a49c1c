import { reveal, type Secret } from '../../secret.ts';
import type { Note, NotedManifest } from './manifest.ts';

/** The IdPs whose settings are known. */
export type ProviderKind = 'gitlab' | 'github' | 'keycloak' | 'oidc';

/** What a DexProvider shall be. */
export interface ProviderWish {
  readonly kind: ProviderKind;
  /** metadata.name, which is the connector id. */
  readonly name: string;
  readonly displayName: string;
  readonly issuerUrl: string;
  /** Undefined where only tokens of jobs are exchanged, for which Dex never uses it. */
  readonly clientId: string | undefined;
  readonly clientSecret: Secret | undefined;
  /** Whether it shall check user names and passwords. */
  readonly basicAuth: boolean;
}

/** Marks what the administrator has to fill in. */
export const placeholder = 'REPLACE-ME';

/** Issuers that are the same for everybody. */
export const knownIssuers: Partial<Readonly<Record<ProviderKind, string>>> = {
  gitlab: 'https://gitlab.com',
  github: 'https://token.actions.githubusercontent.com',
};

/** Names by which the known IdPs go on a login page. */
export const displayNames: Readonly<Record<ProviderKind, string>> = {
  gitlab: 'GitLab',
  github: 'GitHub Actions',
  keycloak: 'Keycloak',
  oidc: 'OIDC',
};

/** A DexProvider of type OIDC, set up so that exchange, or Basic Auth, works with the IdP. */
export function dexProviderManifest(wish: ProviderWish): NotedManifest {
  const { kind, name, displayName, issuerUrl, clientId, clientSecret } = wish;
  const particular = wish.basicAuth ? basicAuthSettings(kind) : exchangeInput[kind];
  const notes: Note[] = [
    {
      at: [],
      text: wish.basicAuth
        ? 'Only one DexProvider of a cluster may have enableBasicAuth.'
        : 'Its name is what --connector-id takes.',
    },
    {
      at: ['spec', 'type'],
      text: 'OIDC whatever the IdP is: other types cannot exchange tokens in Dex 2.45.',
    },
    ...particular.notes,
  ];
  if (clientId === undefined) {
    notes.push({
      at: ['spec', 'oidc', 'clientID'],
      text: 'Demanded, but only used when people log in by this provider: register an application at the IdP then.',
    });
  }
  if (clientSecret === undefined) {
    notes.push({
      at: ['spec', 'oidc', 'clientSecret'],
      text:
        clientId === undefined
          ? 'As clientID.'
          : `Replace this by the secret of client ${clientId} at the IdP, or give --idp-client-secret-file.`,
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
          ...particular.oidc,
        },
      },
    },
    notes,
  };
}

interface Particular {
  readonly oidc: Readonly<Record<string, unknown>>;
  readonly notes: readonly Note[];
}

function why(field: string, text: string): Note {
  return { at: ['spec', 'oidc', field], text };
}

const noVerifiedEmail = 'Tokens of jobs have no email_verified claim, which Dex would demand.';

const exchangeInput: Readonly<Record<ProviderKind, Particular>> = {
  gitlab: {
    oidc: {
      userNameKey: 'user_login',
      claimMapping: { email: 'user_email' },
      insecureSkipEmailVerified: true,
    },
    notes: [
      why('userNameKey', 'Dex demands a name; a job token has that of who started the pipeline.'),
      why(
        'claimMapping',
        'The user in Kubernetes is the email, which a job token calls user_email.',
      ),
      why('insecureSkipEmailVerified', noVerifiedEmail),
    ],
  },
  github: {
    oidc: {
      userNameKey: 'sub',
      claimMapping: { email: 'sub' },
      insecureSkipEmailVerified: true,
    },
    notes: [
      why(
        'userNameKey',
        'A job token has no name: sub tells repository and branch or environment.',
      ),
      why(
        'claimMapping',
        'Nor has it an email: the user in Kubernetes is such as repo:my-org/my-app:ref:refs/heads/main.',
      ),
      why('insecureSkipEmailVerified', noVerifiedEmail),
    ],
  },
  keycloak: {
    oidc: { userNameKey: 'preferred_username', getUserInfo: true },
    notes: [
      why('userNameKey', 'The user of a client (service-account-…) has no name, but has this.'),
      why(
        'getUserInfo',
        "Access tokens of client_credentials are checked at Keycloak's userinfo: they need scope openid, and the client's user an email that is verified.",
      ),
    ],
  },
  oidc: { oidc: {}, notes: [] },
};

function basicAuthSettings(kind: ProviderKind): Particular {
  return {
    oidc: {
      ...(kind === 'keycloak' ? { userNameKey: 'preferred_username' } : {}),
      enableBasicAuth: true,
    },
    notes: [
      why(
        'enableBasicAuth',
        'Dex sends the password to the IdP (password grant): the client must be allowed that, in Keycloak by Direct access grants.',
      ),
    ],
  };
}
