import { type Evidence, hasCode } from '../evidence.ts';
import type { Likelihood, Rule } from './rule.ts';

/** Only an error of RFC 6749 is repeated: anything else in its place could be an echo. */
function idpResponse({ status, error }: NonNullable<Evidence['answer']>): string {
  const known = /^(?:access|invalid|unauthorized|unsupported)_[a-z_]+$/.test(error);
  return `the response of the IdP was ${status}${known ? ` ${error}` : ''}`;
}

/** Whether an identity token is rejected with a message of this form. */
function invalidBecause(pattern: RegExp) {
  return ({ error }: Evidence): Likelihood | undefined =>
    error?.code === 'subject_token_invalid' && pattern.test(error.message) ? 'certain' : undefined;
}

/** Problems in getting the identity token. */
export const identityRules: readonly Rule[] = [
  {
    id: 'no-identity-token',
    heading: 'there is no usable identity token',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'exit code 3; dexchange sent no request to Dex',
    codes: [
      'identity_none',
      'identity_ambiguous',
      'identity_unavailable',
      'subject_token_invalid',
      'subject_token_file_unreadable',
      'subject_token_command_failed',
    ],
    causes: [
      {
        id: 'job-asks-for-none',
        when: (evidence) =>
          hasCode(evidence, ['identity_none', 'identity_unavailable']) ? 'likely' : undefined,
        cause: 'the CI job does not request an identity token, or stores it under another name',
        check: 'step identity lists all sources and what each of them needs',
        fix: ({ hint }) => hint,
      },
      {
        id: 'two-sources',
        when: (evidence) => (hasCode(evidence, ['identity_ambiguous']) ? 'certain' : undefined),
        cause: 'the environment has tokens of two CI systems, and dexchange does not guess',
        check: 'step identity names both',
        fix: ({ hint }) => hint,
      },
      {
        id: 'not-set',
        when: invalidBecause(/ is not set| is empty/),
        cause:
          'the variable or file that should contain the token of the job is not set, or is empty',
        check:
          'step identity names it; `dexchange decode --token-env VARIABLE` does not find it either',
        fix: ({ hint }) => hint,
      },
      {
        id: 'expired',
        when: invalidBecause(/ expired .* ago by /),
        cause: ({ message }) => message,
        check: 'see exp in step subject-token, and `date -u`',
        fix: ({ hint }) => hint,
      },
      {
        id: 'audience',
        when: invalidBecause(/ has (?:no audience|audience .*), not /),
        cause: 'the token was requested for another audience than --audience',
        check: 'see aud in step subject-token',
        fix: ({ hint }) => hint,
      },
      {
        id: 'not-a-credential',
        when: invalidBecause(/ is not a JWT$| is not signed$| exp claim | its own iat$/),
        cause: 'the token cannot be a credential: kube-apiserver needs a signed JWT that expires',
        check:
          '`dexchange decode --token-env VARIABLE` or `dexchange decode FILE` shows what it is',
        fix: ({ hint }) => hint,
      },
      {
        id: 'not-a-token',
        when: (evidence) => (hasCode(evidence, ['subject_token_invalid']) ? 'possible' : undefined),
        cause: 'the configured token is JSON, text around a token, or otherwise not a token',
        check: '`dexchange decode --token-env VARIABLE` or `dexchange decode FILE` rejects it too',
        fix: ({ hint }) => hint,
      },
      {
        id: 'cannot-be-read',
        when: (evidence) =>
          hasCode(evidence, ['subject_token_file_unreadable', 'subject_token_command_failed'])
            ? 'certain'
            : undefined,
        cause: ({ message }) => message,
        check:
          'run the command or read the file by hand, as the same user and in the same folder as the job',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'ci-refused',
    heading: 'the CI system does not issue an identity token',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'the CI system answers 4xx to the token request; dexchange sent no request to Dex',
    codes: ['identity_refused'],
    evidence: ({ answer }) => [answer && `the response was ${answer.status}`],
    causes: [
      {
        id: 'permission',
        when: () => 'likely',
        cause:
          'the job is not allowed to request identity tokens, or its own credential has expired',
        check: 'see the request in step identity, and the permissions of the job',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'idp-client-refused',
    severity: 'failed',
    title: 'the IdP does not authenticate the client',
    symptom: "the IdP's token endpoint answers 401; dexchange sent no request to Dex",
    codes: ['idp_client_refused'],
    evidence: ({ answer }) => [answer && idpResponse(answer)],
    causes: [
      {
        id: 'secret',
        when: ({ answer }) => (answer?.error === 'unauthorized_client' ? 'likely' : 'possible'),
        cause: 'the secret or key of --idp-client-id is wrong (Keycloak: 401 unauthorized_client)',
        check:
          "compare it with the client's Credentials in the IdP; check for base64 encoding and stray quotes",
        log: 'Keycloak: type="CLIENT_LOGIN_ERROR", error="invalid_client_credentials"',
        fix: 'set --idp-client-secret-file (or its variable or command) to the current secret',
      },
      {
        id: 'unknown-client',
        when: ({ answer }) => (answer?.error === 'invalid_client' ? 'likely' : 'possible'),
        cause:
          'the IdP has no such client, or the client is disabled (Keycloak: 401 invalid_client)',
        check: 'look for the client in the realm of the issuer',
        log: 'Keycloak: type="CLIENT_LOGIN_ERROR", error="client_not_found"',
        fix: 'correct --idp-client-id, or the realm in --idp-issuer-url',
      },
      {
        id: 'method',
        cause: 'the IdP expects another authentication method for this client',
        check:
          'see Client Authenticator in the IdP: client secret in a header or in the body, or signed JWT',
        fix: 'set --idp-auth-method to client_secret_basic, client_secret_post or private_key_jwt',
      },
    ],
  },
  {
    id: 'idp-refused',
    heading: 'the IdP does not issue a token',
    severity: 'failed',
    title: ({ message }) => `the IdP does not issue a token: ${message}`,
    symptom: "the IdP's token endpoint answers with an error, or its discovery document is invalid",
    codes: ['idp_refused', 'idp_discovery_invalid'],
    evidence: ({ answer }) => [answer && idpResponse(answer)],
    causes: [
      {
        id: 'grant',
        when: (evidence) => (hasCode(evidence, ['idp_refused']) ? 'likely' : undefined),
        cause: 'the client is not allowed to use client credentials or these scopes',
        check: 'in Keycloak, see Service accounts roles and Client scopes of the client',
        fix: ({ hint }) => hint,
      },
      {
        id: 'issuer',
        when: (evidence) => (hasCode(evidence, ['idp_discovery_invalid']) ? 'likely' : undefined),
        cause: '--idp-issuer-url differs from the issuer that the IdP uses',
        check: '`curl -q -sS ISSUER/.well-known/openid-configuration` prints another issuer',
        fix: ({ hint }) => hint,
      },
    ],
  },
];
