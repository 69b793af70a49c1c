import { hasCode } from '../evidence.ts';
import type { Rule } from './rule.ts';

/** What keeps the pipeline from having an identity token at all. */
export const identityRules: readonly Rule[] = [
  {
    id: 'no-identity-token',
    heading: 'there is no usable identity token',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'exit code 3; Dex was not asked',
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
        cause: 'the CI job does not ask for an identity token, or under another name',
        check: 'the step identity lists every source and what it lacks',
        fix: ({ hint }) => hint,
      },
      {
        id: 'two-sources',
        when: (evidence) => (hasCode(evidence, ['identity_ambiguous']) ? 'certain' : undefined),
        cause: 'two CI systems offer a token, and dexchange does not guess',
        check: 'the step identity names both',
        fix: ({ hint }) => hint,
      },
      {
        id: 'not-a-token',
        when: (evidence) => (hasCode(evidence, ['subject_token_invalid']) ? 'likely' : undefined),
        cause: 'what is configured as the token is empty, JSON, or not a token',
        check: 'dexchange decode --token-env VARIABLE, or decode FILE',
        fix: ({ hint }) => hint,
      },
      {
        id: 'cannot-be-read',
        when: (evidence) =>
          hasCode(evidence, ['subject_token_file_unreadable', 'subject_token_command_failed'])
            ? 'certain'
            : undefined,
        cause: ({ message }) => message,
        check: 'run the command or read the file by hand, as the user and in the folder of the job',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'ci-refused',
    heading: 'the CI system gives no identity token',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'the CI system answers 4xx to the request for a token; Dex was not asked',
    codes: ['identity_refused'],
    evidence: ({ answer }) => [answer && `it answered ${answer.status}`],
    causes: [
      {
        id: 'permission',
        when: () => 'likely',
        cause: 'the job may not have an identity token, or its own credential has ended',
        check: 'the request in the step identity, and the permissions of the job',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'idp-client-refused',
    severity: 'failed',
    title: 'the IdP refuses the client',
    symptom: "401 from the IdP's token endpoint; Dex was not asked",
    codes: ['idp_client_refused'],
    evidence: ({ answer }) => [answer && `the IdP answered ${answer.status} ${answer.error}`],
    causes: [
      {
        id: 'secret',
        when: ({ answer }) => (answer?.error === 'unauthorized_client' ? 'likely' : 'possible'),
        cause: 'the secret or key of --idp-client-id is wrong (Keycloak: 401 unauthorized_client)',
        check: "compare it with the client's Credentials in the IdP; base64 or a quote too many?",
        log: 'Keycloak: type="CLIENT_LOGIN_ERROR", error="invalid_client_credentials"',
        fix: 'set --idp-client-secret-file (or its variable or command) to the present secret',
      },
      {
        id: 'unknown-client',
        when: ({ answer }) => (answer?.error === 'invalid_client' ? 'likely' : 'possible'),
        cause: 'the IdP has no such client (Keycloak: 401 invalid_client), or it is disabled',
        check: 'look for it in the realm that the issuer names',
        log: 'Keycloak: type="CLIENT_LOGIN_ERROR", error="client_not_found"',
        fix: 'correct --idp-client-id, or the realm in --idp-issuer-url',
      },
      {
        id: 'method',
        cause: 'the client is to authenticate in another way',
        check:
          'see Client Authenticator in the IdP: secret in a header or in the body, or signed JWT',
        fix: 'set --idp-auth-method to client_secret_basic, client_secret_post or private_key_jwt',
      },
    ],
  },
  {
    id: 'idp-refused',
    heading: 'the IdP gives no token',
    severity: 'failed',
    title: ({ message }) => `the IdP gives no token: ${message}`,
    symptom: "the IdP's token endpoint or discovery document answers otherwise than it should",
    codes: ['idp_refused', 'idp_discovery_invalid'],
    evidence: ({ answer }) => [answer && `the IdP answered ${answer.status} ${answer.error}`],
    causes: [
      {
        id: 'grant',
        when: (evidence) => (hasCode(evidence, ['idp_refused']) ? 'likely' : undefined),
        cause: 'the client may not use client credentials, or not these scopes',
        check: 'Keycloak: Service accounts roles on the client; Client scopes',
        fix: ({ hint }) => hint,
      },
      {
        id: 'issuer',
        when: (evidence) => (hasCode(evidence, ['idp_discovery_invalid']) ? 'likely' : undefined),
        cause: '--idp-issuer-url is not the issuer as the IdP has it',
        check: 'curl -q -sS ISSUER/.well-known/openid-configuration, and compare issuer in it',
        fix: ({ hint }) => hint,
      },
    ],
  },
];
