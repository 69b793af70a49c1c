import { randomBytes } from 'node:crypto';
import { reveal, type Secret } from '../../secret.ts';
import { groupsNotes, openNote, type ProviderGroups } from './dex-provider-groups.ts';
import type { Note, NotedManifest } from './manifest.ts';
import { gitlabUser, publicIssuer, subjectUser, type UserClaims } from './public-issuer.ts';

/** The kinds of IdP that a DexProvider can be generated for. */
export type ProviderKind = 'gitlab' | 'github' | 'keycloak' | 'oidc';

/** What to generate a DexProvider from. */
export interface ProviderSpec {
  readonly kind: ProviderKind;
  /** metadata.name, which is also the connector id. */
  readonly name: string;
  readonly displayName: string;
  readonly issuerUrl: string;
  /** Undefined if the provider is for token exchange only: Dex does not use the client for that. */
  readonly client: { readonly id: string; readonly secret: Secret } | undefined;
  /** True if Dex must check usernames and passwords with this provider. */
  readonly basicAuth: boolean;
  readonly groups: ProviderGroups | undefined;
}

/** The default display names on the login page. */
export const displayNames: Readonly<Record<ProviderKind, string>> = {
  gitlab: 'GitLab',
  github: 'GitHub Actions',
  keycloak: 'Keycloak',
  oidc: 'OIDC',
};

/** The beginning of the values that the schema requires and that token exchange does not use. */
export const unusedPrefix = 'unused-';

/**
 * A DexProvider of type OIDC, configured so that token exchange, or Basic Auth, works with the IdP.
 * Without a client, its id and secret are random, so that they match no application at the IdP.
 */
export function dexProviderManifest(spec: ProviderSpec): NotedManifest {
  const { kind, name, displayName, issuerUrl, client, basicAuth, groups } = spec;
  const user = basicAuth ? undefined : userClaims(kind, issuerUrl);
  const mapping = {
    ...(user === undefined || user.email === 'email' ? {} : { email: user.email }),
    ...(groups === undefined ? {} : { groups: groups.claim }),
  };
  const renames = 'email' in mapping || (groups !== undefined && groups.claim !== 'groups');
  const allowed = groups?.allowed ?? [];
  const userNameKey = user?.name ?? (kind === 'keycloak' ? 'preferred_username' : undefined);
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
          clientID: client?.id ?? unusedValue(),
          clientSecret: client === undefined ? unusedValue() : reveal(client.secret),
          ...(userNameKey === undefined ? {} : { userNameKey }),
          ...(Object.keys(mapping).length === 0 ? {} : { claimMapping: mapping }),
          ...(renames ? { claimMappingOverride: true } : {}),
          ...(user?.hasVerifiedEmail === false ? { insecureSkipEmailVerified: true } : {}),
          ...(kind === 'keycloak' && !basicAuth ? { getUserInfo: true } : {}),
          ...(allowed.length === 0 ? {} : { allowedGroups: allowed }),
          ...(basicAuth ? { enableBasicAuth: true } : {}),
        },
      },
    },
    notes: [
      ...providerNotes(spec),
      ...clientNotes(client !== undefined),
      ...(basicAuth ? [basicAuthNote] : exchangeNotes(kind, user)),
      ...(renames ? [overrideNote] : []),
      ...(groups === undefined ? [] : groupsNotes(groups, issuerUrl)),
      ...(allowed.length === 0 ? openNote(issuerUrl) : []),
    ],
  };
}

/** The user's claims in the tokens; undefined if they are the standard ones, or Keycloak's. */
function userClaims(kind: ProviderKind, issuerUrl: string): UserClaims | undefined {
  switch (kind) {
    case 'gitlab':
      return gitlabUser;
    case 'github':
      return subjectUser;
    case 'keycloak':
      return undefined;
    case 'oidc':
      return publicIssuer(issuerUrl)?.user;
  }
}

function unusedValue(): string {
  return `${unusedPrefix}${randomBytes(16).toString('hex')}`;
}

function oidcNote(field: string, text: string): Note {
  return { at: ['spec', 'oidc', field], text };
}

function providerNotes({ basicAuth, client, issuerUrl }: ProviderSpec): readonly Note[] {
  const login =
    client === undefined
      ? ' Logging in with it fails: the client below does not exist at the IdP.'
      : '';
  return [
    {
      at: [],
      text: basicAuth
        ? 'Only one DexProvider in a cluster can have enableBasicAuth.'
        : 'Use its name as the value of --connector-id.',
    },
    {
      at: ['spec', 'type'],
      text: 'OIDC for every IdP: other types do not support token exchange in Dex 2.45.',
    },
    ...(/^http:/i.test(issuerUrl)
      ? [
          oidcNote(
            'issuer',
            'WARNING: with http, whoever can change the traffic between Dex and the IdP can make tokens of any user. Use https.',
          ),
        ]
      : []),
    ...(publicIssuer(issuerUrl) === undefined
      ? [
          oidcNote(
            'issuer',
            'Dex must be able to reach the IdP here. If its certificate is from a private CA, add a field rootCAData with the certificate of the CA.',
          ),
        ]
      : []),
    {
      at: ['spec', 'displayName'],
      text: `If the cluster has several DexProviders, its login page shows a button with this name, which no field hides.${login}`,
    },
  ];
}

function clientNotes(isGiven: boolean): readonly Note[] {
  if (isGiven) {
    return [
      {
        ...oidcNote(
          'clientSecret',
          'A secret in clear text: apply this output, but do not commit it and do not print it in a log.',
        ),
        warning: true,
      },
    ];
  }
  return [
    oidcNote(
      'clientID',
      'The schema requires clientID and clientSecret, but token exchange does not use them. Both are random values, new in each run. If people log in with this provider, register an application at the IdP and set --idp-client-id and --idp-client-secret-file.',
    ),
    oidcNote('clientSecret', 'Random and unused, like clientID: not a secret.'),
  ];
}

const overrideNote = oidcNote(
  'claimMappingOverride',
  'Only the claims above count, even if a token of this issuer has claims named email or groups.',
);

const basicAuthNote = oidcNote(
  'enableBasicAuth',
  'Dex sends the password to the IdP (password grant), so enable this grant for the client: in Keycloak, Direct access grants.',
);

function exchangeNotes(kind: ProviderKind, user: UserClaims | undefined): readonly Note[] {
  if (kind === 'keycloak') {
    return [
      oidcNote(
        'userNameKey',
        'The user of a client (service-account-…) has no name claim, but this one.',
      ),
      oidcNote(
        'getUserInfo',
        "Dex validates access tokens of client_credentials at Keycloak's userinfo endpoint: the token needs scope openid, and the client's user needs a verified email.",
      ),
    ];
  }
  if (user === undefined) {
    return [
      oidcNote(
        'issuer',
        'Dex requires the claims sub, name, email and email_verified in the tokens of this IdP.',
      ),
    ];
  }
  return [
    oidcNote('userNameKey', nameTexts[user.name] ?? 'Dex requires a name, and takes this claim.'),
    ...(user.email === 'email'
      ? []
      : [
          {
            at: ['spec', 'oidc', 'claimMapping', 'email'],
            text: emailTexts[user.email] ?? 'The claim that becomes the Kubernetes user.',
          },
        ]),
    ...(user.hasVerifiedEmail
      ? []
      : [
          oidcNote(
            'insecureSkipEmailVerified',
            'Job tokens have no email_verified claim, which Dex requires otherwise.',
          ),
        ]),
  ];
}

const nameTexts: Readonly<Record<string, string>> = {
  user_login: 'Dex requires a name; user_login is the user who started the pipeline.',
  sub: 'Dex requires a name, and a job token has no name claim.',
};

const emailTexts: Readonly<Record<string, string>> = {
  user_email:
    'The Kubernetes user: the email of the user who started the pipeline. A rule for that user applies to the pipelines that the user starts in any project.',
  sub: 'A job token has no email, so the Kubernetes user is sub: on GitHub repository and branch or environment, such as repo:my-org/my-app:ref:refs/heads/main.',
};
