import { audienceList, type Evidence } from '../evidence.ts';
import { apiLog, expiredAtApi, isExpiredAtApi } from './api.ts';
import { deniedInFront } from './denied-in-front.ts';
import type { Likelihood, Rule } from './rule.ts';

/** A cause that the evidence does not exclude, unless the reason is known. */
function unlessKnown(likelihood: Likelihood) {
  return (evidence: Evidence): Likelihood | undefined =>
    isExpiredAtApi(evidence) || isForeign(evidence) ? undefined : likelihood;
}

function isForeign({ servers: { subjectKeys } }: Evidence): boolean {
  return subjectKeys === 'unknown-key' || subjectKeys === 'other-key';
}

const seeAuthentication =
  'a cluster administrator sees it in the AuthenticationConfiguration of kube-apiserver';

/** Problems with identity tokens at the API server, where no Dex is between the two. */
export const apiIdentityRules: readonly Rule[] = [
  {
    id: 'api-identity-unauthorized',
    severity: 'failed',
    title: 'the API server rejects the identity token (401 Unauthorized)',
    symptom:
      'kubectl: error: You must be logged in to the server (Unauthorized), with --method identity',
    codes: ['api_unauthorized'],
    applies: ({ api, identityCredential }) =>
      api?.status === 401 && identityCredential !== undefined,
    evidence: ({ identityCredential, servers: { subjectKeys } }) => [
      identityCredential && `iss: ${String(identityCredential.claims['iss'])}`,
      identityCredential && `aud: ${audienceList(identityCredential)}`,
      subjectKeys === 'signed'
        ? 'the token is signed by a key that its issuer publishes'
        : undefined,
    ],
    causes: [
      {
        id: 'expired',
        ...expiredAtApi('subject-token'),
      },
      {
        id: 'foreign-key',
        when: (evidence) => (isForeign(evidence) ? 'certain' : undefined),
        cause: 'the token is not signed by a key that its issuer publishes',
        check: 'dexchange fetched the keys of the issuer for this report',
        log: `${apiLog}verify token: failed to verify signature: failed to verify id token signature]"`,
        fix: 'use a token of this issuer that is not older than its keys',
      },
      {
        id: 'issuer',
        when: unlessKnown('likely'),
        cause: 'the API server does not trust the issuer of the token',
        check: ({ issuer }) => `no jwt[].issuer.url is exactly ${issuer}; ${seeAuthentication}`,
        log: 'kube-apiserver: "Unable to authenticate the request" err="invalid bearer token" (without oidc:)',
        fix: ({ issuer }) =>
          `ask a cluster administrator to add a jwt authenticator for ${issuer} to the AuthenticationConfiguration, or use the Dex of the cluster (--method token-exchange)`,
      },
      {
        id: 'audience',
        when: unlessKnown('likely'),
        cause: ({ identityAudiences }) =>
          `the API server expects another audience than ${identityAudiences}`,
        check: `jwt[].issuer.audiences of this issuer has none of those that aud has; ${seeAuthentication}`,
        log: `${apiLog}verify token: oidc: expected audience … got […]]"`,
        fix: 'request the token for one of jwt[].issuer.audiences: with --identity-audience, or in GitLab with aud: in id_tokens: of the job',
      },
      {
        id: 'claims',
        when: unlessKnown('possible'),
        cause: 'a claimValidationRule or userValidationRule does not allow this job',
        check: `compare the claims in step subject-token with the rules of this issuer; ${seeAuthentication}`,
        log: `${apiLog}error evaluating claim validation expression: … failed: …]"`,
        fix: 'run the job where the rules allow it, such as on a protected branch, or have the rules extended; the log ends with the message of the rule',
      },
      {
        id: 'keys',
        when: unlessKnown('possible'),
        cause: 'the API server cannot fetch the keys of the issuer, or has just started',
        check: ({ issuer }) =>
          `the API server reaches ${issuer}, through its own network and with issuer.certificateAuthority`,
        log: `${apiLog}authenticator not initialized]"`,
        fix: 'allow the connection, and set issuer.certificateAuthority if the issuer has a private CA',
      },
      deniedInFront,
    ],
  },
];
