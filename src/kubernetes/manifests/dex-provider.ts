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
      ...(basicAuth ? basicAuthNotes(kind) : exchangeNotes(kind, user)),
      ...(renames ? [overrideNote(Object.keys(mapping))] : []),
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

function providerNotes({ name, basicAuth, client, issuerUrl }: ProviderSpec): readonly Note[] {
  const login =
    client === undefined
      ? ' Logging in with it fails: the client below does not exist at the IdP.'
      : '';
  return [
    {
      at: [],
      text: basicAuth
        ? 'Only one DexProvider in a cluster can have enableBasicAuth.'
        : `To use this provider, set --connector-id ${name}.`,
    },
    ...(basicAuth
      ? []
      : [
          {
            at: ['spec', 'type'],
            text: 'OIDC for every IdP: the other types do not support token exchange in Dex 2.45.',
          },
        ]),
    ...(/^http:/i.test(issuerUrl)
      ? [
          {
            ...oidcNote(
              'issuer',
              'with http, anyone who can change the traffic between Dex and the IdP can forge tokens of any user. Use https.',
            ),
            warning: true as const,
          },
        ]
      : []),
    ...(publicIssuer(issuerUrl) === undefined
      ? [
          oidcNote(
            'issuer',
            'Dex must be able to reach the IdP at this URL. If the certificate of the IdP is from a private CA, add the field rootCAData with that CA.',
          ),
        ]
      : []),
    {
      at: ['spec', 'displayName'],
      text: `If the cluster has several DexProviders, the login page shows a button with this name. No field can hide it.${login}`,
    },
  ];
}

function clientNotes(isGiven: boolean): readonly Note[] {
  if (isGiven) {
    return [
      {
        ...oidcNote(
          'clientSecret',
          'this is a secret in clear text: apply the output, but do not commit it and do not print it in a log.',
        ),
        warning: true,
      },
    ];
  }
  return [
    oidcNote(
      'clientID',
      'The schema requires clientID and clientSecret, but token exchange does not use them. Both are random values, new in each run. To let people log in with this provider, register an application at the IdP and set --idp-client-id and --idp-client-secret-file.',
    ),
    oidcNote('clientSecret', 'Random and unused, like clientID: not a secret.'),
  ];
}

/** Dex overrides only the claims that are mapped: of the others, it takes those in the token. */
function overrideNote(mapped: readonly string[]): Note {
  const names = mapped.join(' and ');
  return oidcNote(
    'claimMappingOverride',
    mapped.length === 1
      ? `Dex reads the ${names} from the claim above, even if a token has a claim named ${names}.`
      : `Dex reads ${names} from the claims above, even if a token has claims named ${names}.`,
  );
}

function basicAuthNotes(kind: ProviderKind): readonly Note[] {
  return [
    ...(kind === 'keycloak'
      ? [
          oidcNote(
            'userNameKey',
            'Dex requires a name. A Keycloak user without first and last name has no name claim, but always has this one.',
          ),
        ]
      : []),
    oidcNote(
      'enableBasicAuth',
      'Dex sends the password to the IdP with the password grant. Allow this grant for the client: in Keycloak, enable Direct access grants.',
    ),
  ];
}

function exchangeNotes(kind: ProviderKind, user: UserClaims | undefined): readonly Note[] {
  if (kind === 'keycloak') {
    return [
      oidcNote(
        'userNameKey',
        'Dex requires a name. The service account user of a Keycloak client has no name claim, but always has this one.',
      ),
      oidcNote(
        'getUserInfo',
        "Dex validates the client's access token at Keycloak's userinfo endpoint. The token needs scope openid, and the client's service account user needs a verified email.",
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
    oidcNote(
      'userNameKey',
      nameTexts[user.name] ?? 'Dex requires a name, and takes it from this claim.',
    ),
    ...(user.email === 'email'
      ? []
      : [
          {
            at: ['spec', 'oidc', 'claimMapping', 'email'],
            text: `${emailTexts[user.email] ?? 'The Kubernetes user is the value of this claim.'}${kind === 'github' ? githubSubject : ''}`,
          },
        ]),
    ...(user.hasVerifiedEmail
      ? []
      : [
          oidcNote(
            'insecureSkipEmailVerified',
            'Without this, Dex requires the claim email_verified, which job tokens do not have.',
          ),
        ]),
  ];
}

const githubSubject =
  ' It names the repository and the branch or environment, such as repo:my-org/my-app:ref:refs/heads/main. In newer repositories it also has their ids, such as repo:my-org@123/my-app@456:ref:refs/heads/main.';

const nameTexts: Readonly<Record<string, string>> = {
  user_login: 'Dex requires a name: user_login is the user who started the pipeline.',
  sub: 'Dex requires a name, and job tokens have no name claim.',
};

const emailTexts: Readonly<Record<string, string>> = {
  user_email:
    'The Kubernetes user: the email of the user who started the pipeline. Access that you grant to this user applies to every pipeline that the user starts, in any project.',
  sub: 'Job tokens have no email claim, so the Kubernetes user is the subject of the token.',
};
