import { formatDuration } from '../../duration.ts';
import { numericDate } from '../../jwt.ts';
import {
  type Evidence,
  expiredForMs,
  githubIssuer,
  kindOf,
  scopesOf,
  textClaim,
} from '../evidence.ts';
import type { Likelihood, Rule } from './rule.ts';

/** Dex gives `nbf` this much grace, and `exp` none (go-oidc 3.17). */
const nbfGraceMs = 5 * 60_000;

const refused = 'Dex: "failed to verify subject token", err=';

/** 401 access_denied: every failure of the subject token, of which Dex tells the client nothing. */
export const dexSubjectTokenRules: readonly Rule[] = [
  {
    id: 'dex-subject-token-refused',
    severity: 'failed',
    title: ({ tokenType, connector }) =>
      `Dex refuses the ${tokenType} as subject token for connector ${connector}`,
    symptom:
      'Dex answers 401 `access_denied` without a description, whatever is wrong with the subject token; the reason is in its log alone',
    codes: ['dex_subject_token_refused', 'dex_subject_token_expired'],
    evidence: (evidence) => seen(evidence),
    causes: [
      {
        id: 'expired',
        when: ({ subject, nowMs }) =>
          expiredForMs(subject?.jwt, nowMs) === undefined ? undefined : 'certain',
        cause: 'the identity token has expired',
        check: 'exp in the step subject-token, by the clock of Dex, which gives it no grace',
        log: `${refused}"oidc: failed to verify token: oidc: token is expired (Token Expiry: …)"`,
        fix: ({ whenExpired }) => whenExpired,
      },
      {
        id: 'older-than-job',
        when: ({ subject, nowMs, identity }) => {
          const iat = subject?.jwt && numericDate(subject.jwt.claims, 'iat');
          const stored = identity === 'env' || identity === 'file';
          return iat !== undefined && stored && nowMs - iat * 1000 > 6 * 3_600_000
            ? 'likely'
            : undefined;
        },
        cause:
          'the token was issued hours ago: it is stored somewhere instead of made for this job',
        check: 'iat in the step subject-token against the start of the job',
        fix: 'take the token of the job itself (GitLab: id_tokens:), not one kept in a variable, file or artifact',
      },
      {
        id: 'not-yet-valid',
        when: ({ subject, nowMs }) => {
          const nbf = subject?.jwt && numericDate(subject.jwt.claims, 'nbf');
          return nbf !== undefined && nbf * 1000 - nowMs > nbfGraceMs ? 'certain' : undefined;
        },
        cause: "the identity token is not yet valid: the IdP's clock is ahead of Dex's",
        check: 'nbf in the step subject-token, by the clock of Dex, which gives it five minutes',
        log: `${refused}"oidc: failed to verify token: oidc: current time … before the nbf (not before) time: …"`,
        fix: 'set the clocks of IdP and cluster by NTP',
      },
      {
        id: 'opaque',
        when: ({ subject }) =>
          subject?.type === 'id_token' && subject.jwt === undefined ? 'certain' : undefined,
        cause: 'what is sent as an id_token is no JWT: an opaque access token, a code, or a key',
        check: 'dexchange decode says the same',
        log: `${refused}"oidc: failed to verify token: oidc: malformed jwt: …"`,
        fix: "send an id_token; or, if it is an access token of the connector's IdP, set --subject-token-type access_token",
      },
      {
        id: 'id-token-as-access-token',
        when: ({ subject }) => {
          if (subject?.type !== 'access_token' || kindOf(subject.jwt) !== 'id_token')
            return undefined;
          return isOfCi(subject.jwt) ? 'certain' : 'likely';
        },
        cause: 'it is an id_token, but Dex is told that it is an access_token',
        check:
          "typ: ID, or a CI system's claims, in the step subject-token; GitHub and GitLab CI issue id_tokens alone, and their issuers have no userinfo for them",
        log: `${refused}"oidc: getUserInfo is required for access token exchange" or "oidc: error loading userinfo: …"`,
        fix: 'leave --subject-token-type out, or set it to id_token',
      },
      {
        id: 'other-key',
        when: ({ subjectKeys }) =>
          subjectKeys === 'other-key' || subjectKeys === 'unknown-key' ? 'certain' : undefined,
        cause: 'the token is not signed by a key that its issuer publishes',
        check: ({ issuer }) => `the keys at ${issuer} were asked just now, and none of them fits`,
        log: `${refused}"oidc: failed to verify token: failed to verify signature: failed to verify id token signature"`,
        fix: 'take a new token: the issuer has changed its keys since, or the token is of another installation of the same name, or was altered',
      },
      {
        id: 'without-openid',
        when: ({ subject }) => {
          if (subject?.type !== 'access_token') return undefined;
          const scopes = scopesOf(subject.jwt);
          return scopes === undefined || scopes.includes('openid') ? undefined : 'likely';
        },
        cause: 'the access token was asked for without the scope openid, so userinfo refuses it',
        check: "scope in the step subject-token has no openid (Keycloak's userinfo answers 403)",
        log: `${refused}"oidc: error loading userinfo: 403 Forbidden: "`,
        fix: 'ask for it: --idp-scope openid, or scope=openid in your own token request',
      },
      {
        id: 'access-token-as-id-token',
        when: ({ subject }) =>
          subject?.type === 'id_token' && kindOf(subject.jwt) === 'access_token'
            ? 'likely'
            : undefined,
        cause: 'it is an access token, but Dex is told that it is an id_token',
        check: 'typ: Bearer, at+jwt or a scope claim in the step subject-token',
        log: `${refused}"oidc: failed to verify token: …" or "missing …"`,
        fix: 'set --subject-token-type access_token, and getUserInfo: true on the DexProvider',
      },
      {
        id: 'no-email',
        when: ({ subject }) => claimMissing(subject?.jwt, emailClaims),
        cause: 'the token has no email claim that the connector could take',
        check: ({ connector }) =>
          `claims in the step subject-token against d8 k get dexprovider ${connector} -o jsonpath='{.spec.oidc.claimMapping}'`,
        log: `${refused}"missing email claim, not found \\"…\\" key" or "missing \\"email_verified\\" claim"`,
        fix: 'GitLab: claimMapping.email: user_email; GitHub: claimMapping.email: sub; Keycloak: give the user of the service account an email that is verified, and the client the scope email',
      },
      {
        id: 'no-name',
        when: ({ subject }) => claimMissing(subject?.jwt, nameClaims),
        cause: 'the token has no claim for the user name (userNameKey, by default name)',
        check: ({ connector }) =>
          `claims in the step subject-token against d8 k get dexprovider ${connector} -o jsonpath='{.spec.oidc.userNameKey}'`,
        log: `${refused}"missing \\"…\\" claim"`,
        fix: 'userNameKey: user_login for GitLab, sub for GitHub, preferred_username for Keycloak service accounts',
      },
      {
        id: 'userinfo-refuses-id-token',
        when: ({ subject, subjectKeys }) => {
          if (subject?.type !== 'id_token' || kindOf(subject.jwt) !== 'id_token') return undefined;
          // A CI system's issuer has no userinfo; a connector for it is not told to ask there.
          if (isOfCi(subject.jwt)) return undefined;
          return subjectKeys === 'signed' ? 'likely' : 'possible';
        },
        cause:
          'the connector has getUserInfo: true, so that Dex sends the id_token to userinfo too, which refuses it',
        check: ({ connector }) =>
          `d8 k get dexprovider ${connector} -o jsonpath='{.spec.oidc.getUserInfo}' prints true`,
        log: `${refused}"oidc: error loading userinfo: 401 Unauthorized: …"`,
        fix: 'send the access token (--subject-token-type access_token), or make a DexProvider of its own without getUserInfo',
      },
      {
        id: 'no-get-user-info',
        when: ({ subject }) => (subject?.type === 'access_token' ? 'likely' : undefined),
        cause: 'the connector does not ask userinfo, which an access_token needs',
        check: ({ connector }) =>
          `d8 k get dexprovider ${connector} -o jsonpath='{.spec.oidc.getUserInfo}' does not print true`,
        log: `${refused}"oidc: getUserInfo is required for access token exchange"`,
        fix: 'set spec.oidc.getUserInfo: true on the DexProvider',
      },
      {
        id: 'no-user-behind-token',
        when: ({ subject, identity }) => {
          if (subject?.type !== 'access_token') return undefined;
          const issuer = textClaim(subject.jwt, 'iss') ?? '';
          if (/okta|auth0/i.test(issuer)) return 'likely';
          return identity === 'client-credentials' ? 'possible' : undefined;
        },
        cause:
          "the IdP's userinfo serves no token of client credentials, since no user is behind it (Okta, Auth0)",
        check: ({ issuer }) =>
          `curl -q -sS -H "Authorization: Bearer $IDP_TOKEN" the userinfo_endpoint of ${issuer} answers 401 or 403`,
        log: `${refused}"oidc: error loading userinfo: 401 Unauthorized: …" or "403 Forbidden: …"`,
        fix: 'such an exchange cannot work: use an id_token of the CI system, or a DexProvider without getUserInfo and an id_token of the IdP',
      },
      {
        id: 'issuer',
        when: ({ subject, subjectKeys }) => {
          if (subject?.jwt === undefined) return undefined;
          return subjectKeys === 'signed' ? 'likely' : 'possible';
        },
        cause: ({ connector }) => `connector ${connector} is of another issuer than the token`,
        check: ({ connector, issuer }) =>
          `d8 k get dexprovider ${connector} -o jsonpath='{.spec.oidc.issuer}' must print exactly ${issuer} (http or https, a slash at the end, the realm)`,
        log: `${refused}"oidc: failed to verify token: failed to verify signature: …" (the signature is checked before the issuer) or "oidc: id token issued by a different provider, expected … got …"`,
        fix: "set --connector-id to the token's own connector, or correct spec.oidc.issuer of the DexProvider",
      },
      {
        id: 'issuer-changed',
        when: ({ subjectKeys }) => (subjectKeys === 'unreachable' ? 'possible' : undefined),
        cause: 'the token is signed by a key that its issuer does not publish',
        check: ({ issuer }) =>
          `the keys at ${issuer} could not be asked from here; try from the cluster`,
        log: `${refused}"oidc: failed to verify token: failed to verify signature: …"`,
        fix: 'take a new token',
      },
      {
        id: 'allowed-groups',
        cause: 'the connector admits members of certain groups alone',
        check: ({ connector }) =>
          `d8 k get dexprovider ${connector} -o jsonpath='{.spec.oidc.allowedGroups}'`,
        log: `${refused}"user not a member of allowed groups"`,
        fix: 'put the user into one of them, or take allowedGroups out',
      },
    ],
  },
];

const emailClaims = ['email', 'user_email'];
const nameClaims = ['name', 'user_login', 'preferred_username'];

/** `likely` if none of the usual claims is there, `possible` if the standard one is not. */
function claimMissing(
  jwt: NonNullable<Evidence['subject']>['jwt'],
  [standard = '', ...others]: readonly string[],
): Likelihood | undefined {
  // An opaque token's claims are at userinfo.
  if (jwt === undefined) return undefined;
  if (textClaim(jwt, standard) !== undefined) return undefined;
  if (textClaim(jwt, 'iss') === githubIssuer) return 'possible';
  return others.some((name) => textClaim(jwt, name) !== undefined) ? 'possible' : 'likely';
}

function isOfCi(jwt: NonNullable<Evidence['subject']>['jwt']): boolean {
  return jwt?.claims['pipeline_source'] !== undefined || textClaim(jwt, 'iss') === githubIssuer;
}

function seen({
  subject,
  nowMs,
  subjectKeys,
  identity,
}: Evidence): readonly (string | undefined)[] {
  const { jwt } = subject ?? {};
  if (jwt === undefined) return ['the subject token is no JWT'];
  const ago = expiredForMs(jwt, nowMs);
  const kind = kindOf(jwt);
  const scopes = scopesOf(jwt);
  const keys = {
    signed: 'its issuer publishes the key that signed it',
    'other-key': 'its issuer publishes a key of that name, which did not sign it',
    'unknown-key': 'its issuer publishes no key of that name',
    unreachable: "its issuer's keys could not be asked from here",
  } as const;
  return [
    `iss of the token: ${textClaim(jwt, 'iss') ?? 'none'}`,
    ago === undefined ? undefined : `it expired ${formatDuration(ago)} ago`,
    kind === undefined ? undefined : `by its own signs it is an ${kind.replace('_', ' ')}`,
    scopes === undefined ? undefined : `its scopes: ${scopes.join(' ') || 'none'}`,
    textClaim(jwt, 'email') === undefined ? withoutEmail(jwt) : undefined,
    identity === undefined ? undefined : `it came from ${identity}`,
    subjectKeys === undefined ? undefined : keys[subjectKeys],
  ];
}

function withoutEmail(jwt: NonNullable<Evidence['subject']>['jwt']): string {
  const other = emailClaims.find((name) => textClaim(jwt, name) !== undefined);
  return `it has no email claim${other === undefined ? '' : `, but ${other}`}`;
}
