import { shellWord } from '../../shell-word.ts';
import type { Names } from './names.ts';
import type { Rule } from './rule.ts';

const dexClientName = /^dex-client-(.+)@([^@]+)$/;

/** Prints the client secret; the user's own kubeconfig may read it, that of a CI job may not. */
function printSecret({ clientName, clientNamespace }: Names): string {
  return `\`d8 k -n ${shellWord(clientNamespace)} get secret ${shellWord(`dex-client-${clientName}`)} -o jsonpath='{.data.clientSecret}' | base64 -d\``;
}

/** Problems with the client, the grant and the connector, which Dex checks before the token. */
export const dexClientRules: readonly Rule[] = [
  {
    id: 'dex-client-refused',
    heading: 'Dex does not authenticate the client',
    severity: 'failed',
    title: ({ clientId }) => `Dex does not authenticate client ${clientId}`,
    symptom: 'Dex answers 401 `invalid_client`, "Invalid client credentials."',
    codes: ['dex_client_refused'],
    evidence: ({ clientSecret, servers: { client } }) => [
      clientSecret?.looksEncoded ? 'the secret looks like base64 of a text' : undefined,
      client === 'known' ? "Dex's login knows the client" : undefined,
      client === 'unknown' ? "Dex's login does not know the client" : undefined,
    ],
    causes: [
      {
        id: 'secret-encoded',
        when: ({ clientSecret, servers }) =>
          clientSecret?.looksEncoded && servers.client !== 'unknown' ? 'likely' : undefined,
        cause: 'the secret is still base64-encoded, as in the data of a Kubernetes Secret',
        check: 'compare it with .data.clientSecret of the Secret, which is encoded',
        log: 'Dex: "invalid client_secret on token request"',
        fix: (names) => `store the decoded secret instead, which ${printSecret(names)} prints`,
      },
      {
        id: 'client-id-form',
        when: ({ exchange }) =>
          exchange !== undefined && !dexClientName.test(exchange.clientId) ? 'likely' : undefined,
        cause: 'the client id does not have the form of a DexClient',
        check: '`d8 k get dexclient -A` lists the DexClients',
        log: 'Dex logs nothing for an unknown client',
        fix: 'for DexClient NAME in namespace NAMESPACE, set --client-id to dex-client-NAME@NAMESPACE',
      },
      {
        id: 'secret-wrong',
        when: ({ clientSecret, servers: { client } }) => {
          if (client === undefined) return 'likely';
          if (client === 'unknown') return undefined;
          return clientSecret?.looksEncoded ? 'likely' : 'certain';
        },
        cause:
          'the client secret is wrong or outdated: a DexClient that is recreated gets a new one',
        check: 'it differs from clientSecret in the Secret of the DexClient',
        log: 'Dex: "invalid client_secret on token request"',
        fix: (names) =>
          `store the current secret in the CI variable or file; a cluster administrator sees it with ${printSecret(names)}`,
      },
      {
        id: 'client-unknown',
        when: ({ servers: { client } }) => {
          if (client === undefined) return 'likely';
          return client === 'unknown' ? 'certain' : undefined;
        },
        cause: ({ clientName, clientNamespace }) =>
          `this Dex has no DexClient ${clientName} in namespace ${clientNamespace}`,
        check: ({ clientName, clientNamespace }) =>
          `\`d8 k -n ${shellWord(clientNamespace)} get dexclient ${shellWord(clientName)}\` does not find it`,
        log: 'Dex logs nothing for an unknown client',
        fix: 'correct --client-id, or --dex-url if it names the Dex of another cluster; a cluster administrator sees the names with `d8 k get dexclient -A`',
      },
    ],
  },
  {
    id: 'dex-secret-encoding',
    severity: 'note',
    title: 'the client secret works with dexchange, but not with curl -u or d8',
    symptom:
      'with the same client and secret, `curl -u` and `d8 login token-exchange` get 401 `invalid_client`: they send the secret unencoded, but Dex form-decodes it (RFC 6749, section 2.3.1)',
    applies: ({ clientSecret, dexToken }) =>
      clientSecret?.needsEncoding === true && dexToken !== undefined && !dexToken.isCached,
    evidence: () => [
      'the secret contains characters that must be form-encoded, such as + % : or &',
    ],
    causes: [
      {
        id: 'raw-secret',
        when: () => 'certain',
        cause: 'other programs do not form-encode the secret',
        check: 'the curl command in step exchange works, but curl -u with the same secret does not',
        log: 'Dex: "invalid client_secret on token request"',
        fix: 'change nothing for dexchange; with curl, send client_id and client_secret with --data-urlencode',
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
        cause: 'a proxy or ingress rewrites the Authorization header',
        check: 'run the exchange in a pod of the cluster, without proxy and ingress',
        fix: 'configure the proxy or ingress to forward Authorization unchanged',
      },
    ],
  },
  {
    id: 'dex-grant-not-enabled',
    severity: 'failed',
    title: 'this Dex does not support token exchange',
    symptom: 'Dex answers 400 `unsupported_grant_type` to every client',
    codes: ['dex_grant_not_enabled'],
    causes: [
      {
        id: 'grant-types',
        when: () => 'likely',
        cause: 'the grant type for token exchange is not enabled in Dex',
        check: ({ dexUrl }) =>
          `\`curl -q -sS ${shellWord(`${dexUrl.replace(/\/$/, '')}/.well-known/openid-configuration`)} | jq .grant_types_supported\` does not list it`,
        fix: 'add urn:ietf:params:oauth:grant-type:token-exchange to oauth2.grantTypes of Dex',
      },
      {
        id: 'old',
        cause: 'Dex is older than 2.37',
        check: '`dex version` in its pod shows the version',
        fix: 'upgrade Deckhouse',
      },
    ],
  },
  {
    id: 'dex-token-type',
    heading: 'Dex does not support the token type',
    severity: 'failed',
    title: ({ message }) => message,
    symptom:
      'Dex answers 400 `request_not_supported`, "Invalid subject_token_type." or "Invalid requested_token_type."; it does not support `jwt`',
    codes: ['dex_subject_token_type_refused', 'dex_requested_token_type_refused'],
    causes: [
      {
        id: 'type',
        when: () => 'certain',
        cause: 'Dex only supports id_token and access_token',
        check: 'see subject-token-type and requested-token-type in step settings',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'dex-subject-token-missing',
    severity: 'failed',
    title: 'Dex received no subject token',
    symptom: 'Dex answers 400 `invalid_request`, "Missing subject_token"',
    codes: ['dex_subject_token_missing'],
    causes: [
      {
        id: 'empty',
        when: () => 'likely',
        cause: 'the variable with the token is empty, or a proxy removed the body of the request',
        check: 'see the length of the token in step subject-token',
        fix: 'set the variable, or try without the proxy',
      },
    ],
  },
  {
    id: 'dex-connector',
    severity: 'failed',
    title: ({ connector }) => `Dex has no connector ${connector} that supports token exchange`,
    symptom: 'Dex answers 400 `invalid_request`, "Requested connector does not exist."',
    codes: ['dex_connector_unknown'],
    evidence: ({ servers: { connector } }) => [
      connector?.existence === 'known' ? "Dex's login knows the connector" : undefined,
      connector?.existence === 'unknown' ? "Dex's login does not know the connector" : undefined,
      connector?.type === undefined ? undefined : `its type in Dex is ${connector.type}`,
    ],
    causes: [
      {
        id: 'unknown',
        when: ({ servers: { connector } }) => {
          if (connector === undefined) return 'likely';
          return connector.existence === 'unknown' ? 'certain' : undefined;
        },
        cause: ({ connector }) => `there is no DexProvider ${connector}`,
        check: '`d8 k get dexprovider` does not list it',
        log: 'Dex: "failed to get connector", err="failed to get connector object from storage: not found"',
        fix: ({ connectors }) =>
          `set --connector-id to the name of a DexProvider, not its displayName${connectors === '' ? '' : ` (${connectors})`}; a cluster administrator sees the names with \`d8 k get dexprovider\``,
      },
      {
        id: 'type',
        when: ({ servers: { connector } }) => {
          if (connector?.existence === 'unknown' || connector?.type === 'oidc') return undefined;
          return connector?.type === undefined ? 'likely' : 'certain';
        },
        cause: ({ connector }) =>
          `the type of DexProvider ${connector} does not support token exchange; only OIDC does`,
        check: ({ connector }) =>
          `\`d8 k get dexprovider ${shellWord(connector)} -o jsonpath='{.spec.type}'\` does not print OIDC`,
        log: 'Dex: "connector doesn\'t implement token exchange"',
        fix: 'create a DexProvider of type OIDC with the issuer of the IdP (GitLab and GitHub have one)',
      },
      {
        id: 'idp-unreachable',
        when: ({ servers: { connector } }) => {
          if (connector?.existence === 'unknown') return undefined;
          if (connector?.type !== undefined)
            return connector.type === 'oidc' ? 'likely' : undefined;
          return connector === undefined ? 'possible' : 'likely';
        },
        cause: ({ connector }) =>
          `Dex cannot reach the IdP of DexProvider ${connector}, or does not trust its certificate`,
        check: ({ connector }) =>
          `\`d8 k get dexprovider ${shellWord(connector)} -o jsonpath='{.spec.oidc.issuer}'\` prints a URL that curl cannot reach in a pod of d8-user-authn`,
        log: 'Dex: "failed to get connector", err="failed to open connector: … failed to get provider: …"',
        fix: 'allow connections from the cluster to the IdP, and set spec.oidc.rootCAData of the DexProvider to its CA',
      },
    ],
  },
  {
    id: 'dex-connector-refused',
    heading: 'Dex does not allow the client or the connector to exchange tokens',
    severity: 'failed',
    title: ({ message }) => message,
    symptom:
      'a Dex newer than 2.45.1 answers 400 `invalid_grant`, "Connector not allowed for this client.", or 400 `invalid_request`, "Requested connector does not support this grant type."',
    codes: ['dex_connector_not_allowed', 'dex_connector_cannot_exchange'],
    causes: [
      {
        id: 'allowed',
        when: () => 'likely',
        cause:
          'the configuration of Dex does not allow this client to use this connector, or this connector to exchange tokens',
        check:
          "see the client's allowed connectors and the connector's grant types in the configuration of Dex",
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'dex-refused',
    heading: 'Dex denies the exchange with an unknown error',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'Dex responds with an error that dexchange does not know',
    codes: ['dex_refused'],
    causes: [
      {
        id: 'other',
        cause: 'this Dex is newer than dexchange, or another server responds instead of Dex',
        check: 'see the log of Dex at the time of the call',
        fix: 'follow the error of Dex, or upgrade dexchange',
      },
    ],
  },
];
