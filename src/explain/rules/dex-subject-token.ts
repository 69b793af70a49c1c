import { formatDuration } from '../../duration.ts';
import { numericDate } from '../../jwt.ts';
import { shellWord } from '../../shell-word.ts';
import { type Evidence, expiredForMs, kindOf, scopesOf, textClaim } from '../evidence.ts';
import type { Rule } from './rule.ts';
import { claimMissing, emailClaims, isForOther, isOfCi, nameClaims } from './subject-claims.ts';

/** The leeway that Dex allows for `nbf`; it allows none for `exp` (go-oidc 3.17). */
const nbfGraceMs = 5 * 60_000;

const logPrefix = 'Dex: "failed to verify subject token", err=';

/** Problems with the subject token: Dex answers 401 access_denied to all of them, without details. */
export const dexSubjectTokenRules: readonly Rule[] = [
  {
    id: 'dex-subject-token-refused',
    severity: 'failed',
    title: ({ tokenType, connector }) =>
      `Dex rejects the ${tokenType} as subject token for connector ${connector}`,
    symptom:
      'Dex answers 401 `access_denied` without a description to every invalid subject token; only the log of Dex contains the reason',
    codes: ['dex_subject_token_refused', 'dex_subject_token_expired'],
    evidence: observations,
    causes: [
      {
        id: 'expired',
        when: ({ subject, nowMs }) =>
          expiredForMs(subject?.jwt, nowMs) === undefined ? undefined : 'certain',
        cause: 'the identity token has expired',
        check: 'see exp in step subject-token; Dex compares it with its own clock, without leeway',
        log: `${logPrefix}"oidc: failed to verify token: oidc: token is expired (Token Expiry: …)"`,
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
        cause: 'the token was issued hours ago: it is stored, and not the token of this job',
        check: 'compare iat in step subject-token with the start of the job',
        fix: 'use the token of the job itself (GitLab: id_tokens:) instead of one in a variable, file or artifact',
      },
      {
        id: 'not-yet-valid',
        when: ({ subject, nowMs }) => {
          const nbf = subject?.jwt && numericDate(subject.jwt.claims, 'nbf');
          return nbf !== undefined && nbf * 1000 - nowMs > nbfGraceMs ? 'certain' : undefined;
        },
        cause:
          'the identity token is not yet valid: the clock of the IdP is ahead of the clock of Dex',
        check:
          'see nbf in step subject-token; Dex compares it with its own clock and allows five minutes',
        log: `${logPrefix}"oidc: failed to verify token: oidc: current time … before the nbf (not before) time: …"`,
        fix: 'synchronize the clocks of IdP and cluster with NTP',
      },
      {
        id: 'opaque',
        when: ({ subject }) =>
          subject?.type === 'id_token' && subject.jwt === undefined ? 'certain' : undefined,
        cause: 'the token is sent as id_token, but is not a JWT',
        check:
          '`dexchange decode` rejects it too; it may be an opaque access token, a code or a key',
        log: `${logPrefix}"oidc: failed to verify token: oidc: malformed jwt: …"`,
        fix: "send an id_token, or, for an access token of the connector's IdP, set --subject-token-type access_token",
      },
      {
        id: 'id-token-as-access-token',
        when: ({ subject }) => {
          if (subject?.type !== 'access_token' || kindOf(subject.jwt) !== 'id_token')
            return undefined;
          return isOfCi(subject.jwt) ? 'certain' : 'likely';
        },
        cause: 'the token is an id_token, but is sent as access_token',
        check:
          'step subject-token shows typ: ID or the claims of a CI system; GitHub and GitLab CI issue id_tokens only, and their issuers provide no userinfo for them',
        log: `${logPrefix}"oidc: getUserInfo is required for access token exchange" or "oidc: error loading userinfo: …"`,
        fix: 'remove --subject-token-type, or set it to id_token',
      },
      {
        id: 'other-key',
        when: ({ servers: { subjectKeys } }) =>
          subjectKeys === 'other-key' || subjectKeys === 'unknown-key' ? 'certain' : undefined,
        cause: 'the token is not signed by any key that its issuer publishes',
        check: ({ issuer }) =>
          `dexchange fetched the keys of ${issuer} for this report, and none of them verifies the token`,
        log: `${logPrefix}"oidc: failed to verify token: failed to verify signature: failed to verify id token signature"`,
        fix: 'get a new token from the current installation of the issuer: it has changed its keys, or the token was modified',
      },
      {
        id: 'without-openid',
        when: ({ subject }) => {
          if (subject?.type !== 'access_token') return undefined;
          const scopes = scopesOf(subject.jwt);
          return scopes === undefined || scopes.includes('openid') ? undefined : 'likely';
        },
        cause: 'the access token was requested without the scope openid, so userinfo rejects it',
        check:
          "scope in step subject-token does not contain openid (Keycloak's userinfo answers 403)",
        log: `${logPrefix}"oidc: error loading userinfo: 403 Forbidden: "`,
        fix: 'set --idp-scope openid, or add scope=openid to the token request',
      },
      {
        id: 'access-token-as-id-token',
        when: ({ subject }) =>
          subject?.type === 'id_token' && kindOf(subject.jwt) === 'access_token'
            ? 'likely'
            : undefined,
        cause: 'the token is an access token, but is sent as id_token',
        check: 'step subject-token shows typ: Bearer, at+jwt or a scope claim',
        log: `${logPrefix}"oidc: failed to verify token: …" or "missing …"`,
        fix: 'set --subject-token-type access_token, and getUserInfo: true on the DexProvider',
      },
      {
        id: 'no-email',
        when: ({ subject }) =>
          claimMissing(subject?.jwt, emailClaims) === 'likely' ? 'likely' : undefined,
        cause: 'the token has no claim that the connector uses as email',
        check: ({ connector }) =>
          `compare the claims in step subject-token with \`d8 k get dexprovider ${shellWord(connector)} -o jsonpath='{.spec.oidc.claimMapping}'\``,
        log: `${logPrefix}"missing email claim, not found \\"…\\" key" or "missing \\"email_verified\\" claim"`,
        fix: 'set claimMapping.email of the DexProvider to a claim that the token has, such as user_email for GitLab or sub for GitHub; in Keycloak, give the user of the service account a verified email address, and the client the scope email',
      },
      {
        id: 'no-name',
        when: ({ subject }) => claimMissing(subject?.jwt, nameClaims),
        cause:
          'the token has no claim that the connector uses as user name (userNameKey; default: name)',
        check: ({ connector }) =>
          `compare the claims in step subject-token with \`d8 k get dexprovider ${shellWord(connector)} -o jsonpath='{.spec.oidc.userNameKey}'\``,
        log: `${logPrefix}"missing \\"…\\" claim"`,
        fix: 'set userNameKey of the DexProvider to a claim that the token has, such as user_login for GitLab, sub for GitHub, or preferred_username for Keycloak',
      },
      {
        id: 'userinfo-refuses-id-token',
        when: ({ subject, servers: { subjectKeys } }) => {
          if (subject?.type !== 'id_token' || kindOf(subject.jwt) !== 'id_token') return undefined;
          // The issuer of a CI system has no userinfo, so its connector does not set getUserInfo.
          if (isOfCi(subject.jwt)) return undefined;
          return subjectKeys === 'signed' ? 'likely' : 'possible';
        },
        cause: 'the connector has getUserInfo: true, and userinfo rejects an id_token',
        check: ({ connector }) =>
          `\`d8 k get dexprovider ${shellWord(connector)} -o jsonpath='{.spec.oidc.getUserInfo}'\` prints true`,
        log: `${logPrefix}"oidc: error loading userinfo: 401 Unauthorized: …"`,
        fix: 'send the access token with --subject-token-type access_token, or create another DexProvider without getUserInfo',
      },
      {
        id: 'no-get-user-info',
        when: ({ subject }) => (subject?.type === 'access_token' ? 'likely' : undefined),
        cause: 'the connector does not use userinfo, which an access_token requires',
        check: ({ connector }) =>
          `\`d8 k get dexprovider ${shellWord(connector)} -o jsonpath='{.spec.oidc.getUserInfo}'\` does not print true`,
        log: `${logPrefix}"oidc: getUserInfo is required for access token exchange"`,
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
          "the IdP's userinfo rejects tokens of client credentials, which belong to no user (Okta, Auth0)",
        check: ({ issuer }) => `the userinfo_endpoint of ${issuer} answers 401 or 403 to the token`,
        log: `${logPrefix}"oidc: error loading userinfo: 401 Unauthorized: …" or "403 Forbidden: …"`,
        fix: 'use an id_token of the CI system, or one of the IdP with a DexProvider without getUserInfo',
      },
      {
        id: 'allowed-groups',
        when: ({ subject, exchange, servers: { subjectKeys } }) => {
          if (subject?.type !== 'id_token' || subjectKeys !== 'signed') return 'possible';
          return isForOther(exchange?.connectorId ?? '', subject.jwt) ? 'possible' : 'likely';
        },
        cause: ({ connector }) =>
          `connector ${connector} only allows groups that this token does not have`,
        check: ({ connector }) =>
          `\`d8 k get dexprovider ${shellWord(connector)} -o jsonpath='{.spec.oidc.allowedGroups}'\` lists them`,
        log: `${logPrefix}"user not a member of allowed groups"`,
        fix: 'ask a cluster administrator to add a group that only your project has to allowedGroups of the DexProvider; removing allowedGroups is safe only for an issuer whose projects may all use the cluster, never for gitlab.com or GitHub',
      },
      {
        id: 'email-not-mapped',
        when: ({ subject, exchange, servers: { subjectKeys } }) => {
          if (claimMissing(subject?.jwt, emailClaims) !== 'possible') return undefined;
          const isPlausible =
            subjectKeys === 'signed' &&
            isOfCi(subject?.jwt) &&
            !isForOther(exchange?.connectorId ?? '', subject?.jwt);
          return isPlausible ? 'likely' : 'possible';
        },
        cause: 'the connector does not map a claim of the token to email',
        check: ({ connector }) =>
          `\`d8 k get dexprovider ${shellWord(connector)} -o jsonpath='{.spec.oidc.claimMapping}'\` does not name a claim in step subject-token`,
        log: `${logPrefix}"missing email claim, not found \\"email\\" key"`,
        fix: 'set claimMapping.email of the DexProvider to a claim of the token: user_email for GitLab, sub for GitHub and Forgejo',
      },
      {
        id: 'issuer',
        when: ({ subject, servers: { subjectKeys } }) => {
          if (subject?.jwt === undefined) return undefined;
          return subjectKeys === 'signed' ? 'likely' : 'possible';
        },
        cause: ({ connector }) => `connector ${connector} is for another issuer than the token's`,
        check: ({ connector, issuer }) =>
          `\`d8 k get dexprovider ${shellWord(connector)} -o jsonpath='{.spec.oidc.issuer}'\` must print exactly ${issuer} (http or https, a slash at the end, the realm)`,
        log: `${logPrefix}"oidc: failed to verify token: failed to verify signature: …" (the signature is checked before the issuer) or "oidc: id token issued by a different provider, expected … got …"`,
        fix: ({ issuer }) =>
          `set --connector-id to the connector for ${issuer}, or correct spec.oidc.issuer of the DexProvider`,
      },
      {
        id: 'issuer-changed',
        when: ({ servers: { subjectKeys } }) =>
          subjectKeys === 'unreachable' ? 'possible' : undefined,
        cause: 'the token is signed by a key that its issuer does not publish',
        check: ({ issuer }) =>
          `dexchange could not fetch the keys of ${issuer} from this machine; try it in the cluster`,
        log: `${logPrefix}"oidc: failed to verify token: failed to verify signature: …"`,
        fix: 'get a new token',
      },
    ],
  },
];

function observations({
  subject,
  nowMs,
  servers: { subjectKeys },
  identity,
}: Evidence): readonly (string | undefined)[] {
  const { jwt } = subject ?? {};
  if (jwt === undefined) return ['the subject token is not a JWT'];
  const ago = expiredForMs(jwt, nowMs);
  const kind = kindOf(jwt);
  const scopes = scopesOf(jwt);
  const keys = {
    signed: 'it is signed by a key that its issuer publishes',
    'other-key': 'its issuer publishes a key with this kid, but that key did not sign the token',
    'unknown-key': 'its issuer publishes no key with this kid',
    unreachable: 'the keys of its issuer could not be fetched from this machine',
  } as const;
  return [
    `issuer: ${textClaim(jwt, 'iss') ?? 'none'}`,
    ago === undefined ? undefined : `it expired ${formatDuration(ago)} ago`,
    kind === undefined ? undefined : `its claims look like an ${kind.replace('_', ' ')}`,
    scopes === undefined ? undefined : `scopes: ${scopes.join(' ') || 'none'}`,
    textClaim(jwt, 'email') === undefined ? withoutEmail(jwt) : undefined,
    identity === undefined ? undefined : `identity source: ${identity}`,
    subjectKeys === undefined ? undefined : keys[subjectKeys],
  ];
}

function withoutEmail(jwt: NonNullable<Evidence['subject']>['jwt']): string {
  const other = emailClaims.find((name) => textClaim(jwt, name) !== undefined);
  return `it has no email claim${other === undefined ? '' : `, but has ${other}`}`;
}
