import type { Rule } from './rule.ts';

const dexClientName = /^dex-client-(.+)@([^@]+)$/;

/** What Dex says of the client, the grant and the connector, before it looks at the token. */
export const dexClientRules: readonly Rule[] = [
  {
    id: 'dex-client-refused',
    severity: 'failed',
    title: ({ clientId }) => `Dex refuses client ${clientId}: its id or its secret is wrong`,
    symptom: 'Dex answers 401 `invalid_client`, "Invalid client credentials."',
    codes: ['dex_client_refused'],
    evidence: ({ clientSecret }) => [
      clientSecret?.looksEncoded ? 'the secret reads as base64 of a text' : undefined,
    ],
    causes: [
      {
        id: 'secret-encoded',
        when: ({ clientSecret }) => (clientSecret?.looksEncoded ? 'likely' : undefined),
        cause: 'the secret is still base64-encoded, as a Secret shows it',
        check: 'does it look like the output of: echo SECRET | base64 ?',
        log: 'Dex: "invalid client_secret on token request"',
        fix: ({ clientName, clientNamespace }) =>
          `decode it: d8 k -n ${clientNamespace} get secret dex-client-${clientName} -o jsonpath='{.data.clientSecret}' | base64 -d`,
      },
      {
        id: 'client-id-form',
        when: ({ exchange }) =>
          exchange !== undefined && !dexClientName.test(exchange.clientId) ? 'likely' : undefined,
        cause: 'the client id is not of the form that a DexClient gets',
        check: 'd8 k get dexclient -A',
        log: 'Dex writes nothing for a client that it does not know',
        fix: '--client-id of DexClient NAME in namespace NAMESPACE is dex-client-NAME@NAMESPACE',
      },
      {
        id: 'secret-wrong',
        when: () => 'likely',
        cause:
          'the secret is not, or no longer, that of the client: a DexClient that is deleted and made again gets a new one',
        check: ({ clientName, clientNamespace }) =>
          `d8 k -n ${clientNamespace} get secret dex-client-${clientName} -o jsonpath='{.data.clientSecret}' | base64 -d, and compare`,
        log: 'Dex: "invalid client_secret on token request"',
        fix: 'put the present secret into the CI variable or file that the settings name',
      },
      {
        id: 'client-unknown',
        cause: 'Dex has no such client: the DexClient is missing, or in another namespace',
        check: ({ clientName, clientNamespace }) =>
          `d8 k -n ${clientNamespace} get dexclient ${clientName}`,
        log: 'Dex writes nothing for a client that it does not know',
        fix: 'create the DexClient, or correct --client-id',
      },
    ],
  },
  {
    id: 'dex-secret-encoding',
    severity: 'note',
    title: 'the client secret works here, but not in curl -u or d8',
    symptom:
      'the same client and secret get 401 `invalid_client` with `curl -u` and `d8 login token-exchange`, which send it as it is, while Dex form-decodes it (RFC 6749, 2.3.1)',
    applies: ({ clientSecret, dexToken }) =>
      clientSecret?.needsEncoding === true && dexToken !== undefined && !dexToken.isCached,
    evidence: () => ['the secret has characters that must be form-encoded, such as + % : or &'],
    causes: [
      {
        id: 'raw-secret',
        when: () => 'certain',
        cause: 'other programs send the secret unencoded',
        check: 'the curl form in the step exchange works; curl -u with the same secret does not',
        log: 'Dex: "invalid client_secret on token request"',
        fix: 'nothing here; elsewhere send client_id and client_secret by --data-urlencode',
      },
    ],
  },
  {
    id: 'dex-basic-unreadable',
    severity: 'failed',
    title: 'Dex cannot decode the client id or secret',
    symptom: 'Dex answers 400 `invalid_request`, "client_id improperly encoded"',
    codes: ['dex_client_id_encoding'],
    causes: [
      {
        id: 'rewritten',
        when: () => 'likely',
        cause: 'something between here and Dex rewrites the Authorization header',
        check: 'call it from a pod in the cluster, past proxy and ingress',
        fix: 'take the rewriting out of the proxy or ingress',
      },
    ],
  },
  {
    id: 'dex-grant-not-enabled',
    severity: 'failed',
    title: 'this Dex does not exchange tokens',
    symptom: 'Dex answers 400 `unsupported_grant_type`, whoever asks',
    codes: ['dex_grant_not_enabled'],
    causes: [
      {
        id: 'grant-types',
        when: () => 'likely',
        cause: "token exchange is not among Dex's grant types",
        check: ({ dexUrl }) =>
          `curl -q -sS ${dexUrl.replace(/\/$/, '')}/.well-known/openid-configuration | jq .grant_types_supported`,
        fix: 'add urn:ietf:params:oauth:grant-type:token-exchange to oauth2.grantTypes of Dex',
      },
      {
        id: 'old',
        cause: 'Dex is older than 2.37',
        check: 'dex version, in its pod',
        fix: 'update Deckhouse',
      },
    ],
  },
  {
    id: 'dex-token-type',
    heading: 'Dex does not know the token type',
    severity: 'failed',
    title: ({ message }) => message,
    symptom:
      'Dex answers 400 `request_not_supported`, "Invalid subject_token_type." or "Invalid requested_token_type."; `jwt` is none of its types',
    codes: ['dex_subject_token_type_refused', 'dex_requested_token_type_refused'],
    causes: [
      {
        id: 'type',
        when: () => 'certain',
        cause: 'Dex knows id_token and access_token alone',
        check: 'see subject-token-type and requested-token-type in the step settings',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'dex-subject-token-missing',
    severity: 'failed',
    title: 'Dex got no subject token',
    symptom: 'Dex answers 400 `invalid_request`, "Missing subject_token"',
    codes: ['dex_subject_token_missing'],
    causes: [
      {
        id: 'empty',
        when: () => 'likely',
        cause: 'the variable of the token is empty, or a proxy dropped the body',
        check: 'the step subject-token shows how long the token was when it was sent',
        fix: 'set the variable; try without the proxy',
      },
    ],
  },
  {
    id: 'dex-connector',
    severity: 'failed',
    title: ({ connector }) => `Dex has no connector ${connector} that can exchange tokens`,
    symptom: 'Dex answers 400 `invalid_request`, "Requested connector does not exist."',
    codes: ['dex_connector_unknown'],
    causes: [
      {
        id: 'unknown',
        when: () => 'likely',
        cause: ({ connector }) => `there is no DexProvider named ${connector}`,
        check: 'd8 k get dexprovider',
        log: 'Dex: "failed to get connector", err="failed to get connector object from storage: not found"',
        fix: 'set --connector-id to the metadata.name of the DexProvider (not its displayName)',
      },
      {
        id: 'type',
        when: () => 'likely',
        cause: 'the DexProvider is of a type that cannot exchange: only OIDC can',
        check: ({ connector }) => `d8 k get dexprovider ${connector} -o jsonpath='{.spec.type}'`,
        log: 'Dex: "connector doesn\'t implement token exchange"',
        fix: "make a DexProvider of type OIDC with the IdP's issuer (GitLab and GitHub have one)",
      },
      {
        id: 'idp-unreachable',
        when: () => 'possible',
        cause: "Dex cannot reach the connector's IdP, or does not trust its certificate",
        check: ({ connector }) =>
          `d8 k get dexprovider ${connector} -o jsonpath='{.spec.oidc.issuer}', and curl it from a pod in d8-user-authn`,
        log: 'Dex: "failed to get connector", err="failed to open connector: … failed to get provider: …"',
        fix: 'open the way from the cluster to the IdP; give its CA as spec.oidc.rootCAData',
      },
    ],
  },
  {
    id: 'dex-connector-refused',
    heading: 'Dex does not let client or connector exchange',
    severity: 'failed',
    title: ({ message }) => message,
    symptom:
      'a Dex newer than 2.45.1 answers 400 `invalid_grant`, "Connector not allowed for this client.", or 400 `invalid_request`, "Requested connector does not support this grant type."',
    codes: ['dex_connector_not_allowed', 'dex_connector_cannot_exchange'],
    causes: [
      {
        id: 'allowed',
        when: () => 'likely',
        cause: 'client or connector are configured not to exchange with each other',
        check: "see the client's allowed connectors and the connector's grant types",
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'dex-refused',
    heading: 'Dex refuses, for a reason that is not known here',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'Dex answers with an error that this program does not know',
    codes: ['dex_refused'],
    causes: [
      {
        id: 'other',
        cause: 'a newer Dex, or something in its place',
        check: "see Dex's log at the time of the call",
        fix: 'go by what Dex says; a newer dexchange may know more',
      },
    ],
  },
];
