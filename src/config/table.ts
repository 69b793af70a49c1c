import type { Secret } from '../secret.ts';
import type { Setting } from './setting.ts';

const tokenTypes = {
  id_token: 'id_token',
  access_token: 'access_token',
  'urn:ietf:params:oauth:token-type:id_token': 'id_token',
  'urn:ietf:params:oauth:token-type:access_token': 'access_token',
};

/** Every setting there is, once. Order within a topic is the order of `--help`. */
export const table = {
  'dex-url': {
    type: 'url',
    topic: 'Dex',
    placeholder: 'URL',
    help: 'issuer URL of Dex, with or without the trailing slash',
    borrowed: [
      { variable: 'DEX_URL' },
      {
        variable: 'DEX_HOST',
        convert: (host) => (/^https?:/i.test(host) ? host : `https://${host.replace(/\/+$/, '')}/`),
      },
    ],
    fromCluster: true,
  },
  'client-id': {
    type: 'text',
    topic: 'Dex',
    placeholder: 'ID',
    help: 'client id at Dex; a DexClient NAME in namespace NS is dex-client-NAME@NS',
    borrowed: [{ variable: 'DEX_CLIENT_ID' }],
    fromCluster: true,
  },
  'client-secret': {
    type: 'text',
    topic: 'Dex',
    placeholder: 'SECRET',
    help: 'client secret at Dex; on a command line other users can read it',
    borrowed: [{ variable: 'DEX_CLIENT_SECRET' }],
    secret: true,
    group: 'client-secret',
  },
  'client-secret-file': {
    type: 'path',
    topic: 'Dex',
    placeholder: 'FILE',
    help: 'file that holds the client secret',
    group: 'client-secret',
  },
  'client-secret-command': {
    type: 'command',
    topic: 'Dex',
    placeholder: 'COMMAND',
    help: 'command that prints the client secret; run without a shell',
    group: 'client-secret',
  },
  'connector-id': {
    type: 'text',
    topic: 'Dex',
    placeholder: 'ID',
    help: 'connector that checks the identity token: metadata.name of the DexProvider',
    borrowed: [{ variable: 'DEX_CONNECTOR_ID' }, { variable: 'CONNECTOR_ID' }],
    fromCluster: true,
  },
  scope: {
    type: 'text',
    topic: 'Dex',
    placeholder: 'SCOPES',
    help: 'scopes asked of Dex, separated by spaces; the audience is added to them',
    default: 'openid profile email groups',
    fromCluster: true,
  },
  audience: {
    type: 'text',
    topic: 'Dex',
    placeholder: 'NAME',
    help: 'audience of the credential, asked for as scope audience:server:client_id:NAME',
    default: 'kubernetes',
    fromCluster: true,
  },
  'requested-token-type': {
    type: 'choice',
    topic: 'Dex',
    placeholder: 'TYPE',
    help: 'id_token or access_token, or its URN; Dex answers with a JWT either way',
    choices: tokenTypes,
    default: 'id_token',
    fromCluster: true,
  },

  identity: {
    type: 'choice',
    topic: 'Identity token',
    placeholder: 'SOURCE',
    help: 'where the identity token comes from: auto, env, file, command, client-credentials, or a system by name: github (Forgejo too), gitlab, circleci, buildkite, azure-pipelines, bitbucket, google, kubernetes, terraform-cloud',
    choices: {
      auto: 'auto',
      env: 'env',
      file: 'file',
      command: 'command',
      'client-credentials': 'client-credentials',
      github: 'github',
      gitlab: 'gitlab',
      circleci: 'circleci',
      buildkite: 'buildkite',
      'azure-pipelines': 'azure-pipelines',
      bitbucket: 'bitbucket',
      google: 'google',
      kubernetes: 'kubernetes',
      'terraform-cloud': 'terraform-cloud',
    },
    default: 'auto',
  },
  'identity-audience': {
    type: 'text',
    topic: 'Identity token',
    placeholder: 'AUDIENCE',
    help: 'whom an identity token is minted for, where the CI system lets us say (GitHub, Forgejo, Buildkite, Google)',
    defaultNote: '--dex-url, with a slash at the end where it has no path',
  },
  'azure-service-connection-id': {
    type: 'text',
    topic: 'Identity token',
    placeholder: 'ID',
    help: 'service connection whose identity a job of Azure Pipelines takes',
    borrowed: [{ variable: 'AZURESUBSCRIPTION_SERVICE_CONNECTION_ID' }],
  },
  'subject-token': {
    type: 'text',
    topic: 'Identity token',
    placeholder: 'TOKEN',
    help: 'the identity token itself; on a command line other users can read it',
    borrowed: [{ variable: 'SUBJECT_TOKEN' }, { variable: 'IDP_TOKEN' }],
    secret: true,
    group: 'subject-token',
  },
  'subject-token-env': {
    type: 'variable',
    topic: 'Identity token',
    placeholder: 'VARIABLE',
    help: 'name of the environment variable that holds the identity token',
    group: 'subject-token',
  },
  'subject-token-file': {
    type: 'path',
    topic: 'Identity token',
    placeholder: 'FILE',
    help: 'file that holds the identity token',
    group: 'subject-token',
  },
  'subject-token-command': {
    type: 'command',
    topic: 'Identity token',
    placeholder: 'COMMAND',
    help: 'command that prints the identity token; run without a shell',
    group: 'subject-token',
  },
  'subject-token-type': {
    type: 'choice',
    topic: 'Identity token',
    placeholder: 'TYPE',
    help: 'id_token (GitLab, GitHub) or access_token (Keycloak), or its URN',
    choices: tokenTypes,
    defaultNote: 'id_token; access_token with client credentials',
    fromCluster: true,
  },

  'idp-issuer-url': {
    type: 'url',
    topic: 'Client credentials',
    placeholder: 'URL',
    help: 'issuer of the IdP; its token endpoint is found by discovery',
    group: 'idp-url',
  },
  'idp-token-url': {
    type: 'url',
    mayHaveQuery: true,
    topic: 'Client credentials',
    placeholder: 'URL',
    help: 'token endpoint of the IdP, where it has no discovery',
    group: 'idp-url',
  },
  'idp-client-id': {
    type: 'text',
    topic: 'Client credentials',
    placeholder: 'ID',
    help: 'client id at the IdP',
  },
  'idp-client-secret': {
    type: 'text',
    topic: 'Client credentials',
    placeholder: 'SECRET',
    help: 'client secret at the IdP; on a command line other users can read it',
    secret: true,
    group: 'idp-client-secret',
  },
  'idp-client-secret-file': {
    type: 'path',
    topic: 'Client credentials',
    placeholder: 'FILE',
    help: 'file that holds the client secret at the IdP',
    group: 'idp-client-secret',
  },
  'idp-client-secret-command': {
    type: 'command',
    topic: 'Client credentials',
    placeholder: 'COMMAND',
    help: 'command that prints the client secret at the IdP; run without a shell',
    group: 'idp-client-secret',
  },
  'idp-auth-method': {
    type: 'choice',
    topic: 'Client credentials',
    placeholder: 'METHOD',
    help: 'client_secret_basic, client_secret_post or private_key_jwt',
    choices: {
      client_secret_basic: 'client_secret_basic',
      client_secret_post: 'client_secret_post',
      private_key_jwt: 'private_key_jwt',
    },
    defaultNote: 'client_secret_basic; private_key_jwt with a private key',
  },
  'idp-private-key-file': {
    type: 'path',
    topic: 'Client credentials',
    placeholder: 'FILE',
    help: 'private key for private_key_jwt: PKCS#8 PEM or a JWK',
  },
  'idp-scope': {
    type: 'text',
    topic: 'Client credentials',
    placeholder: 'SCOPES',
    help: "scopes asked of the IdP; without openid Keycloak's userinfo refuses the token",
    default: 'openid',
  },
  'idp-param': {
    type: 'list',
    topic: 'Client credentials',
    placeholder: 'KEY=VALUE',
    help: 'further parameter of the token request; may be repeated',
    secret: true,
  },

  server: {
    type: 'url',
    topic: 'Kubernetes API',
    placeholder: 'URL',
    help: 'the Kubernetes API, to be asked with the credential by --explain',
    flagOnly: true,
  },
  kubeconfig: {
    type: 'path',
    topic: 'Kubernetes API',
    placeholder: 'FILE',
    help: 'kubeconfig; with --explain its exec entry and its API are explained',
    defaultNote: 'KUBECONFIG, then ~/.kube/config, then the pod',
    commands: ['get-token', 'whoami'],
    flagOnly: true,
  },
  context: {
    type: 'text',
    topic: 'Kubernetes API',
    placeholder: 'NAME',
    help: 'context of that kubeconfig',
    defaultNote: 'the current one',
    commands: ['get-token', 'whoami'],
    flagOnly: true,
  },
  namespace: {
    type: 'text',
    topic: 'Kubernetes API',
    placeholder: 'NAME',
    short: 'n',
    help: 'namespace that --can-i asks for',
    defaultNote: "the context's, or all",
    flagOnly: true,
  },
  'can-i': {
    type: 'text',
    topic: 'Kubernetes API',
    placeholder: 'VERB RESOURCE',
    help: 'with --explain, ask the API server whether the user may do this, such as get pods',
    flagOnly: true,
  },

  'certificate-authority': {
    type: 'path',
    topic: 'HTTP',
    placeholder: 'FILE',
    help: "CA certificates (PEM) for Dex and the IdP, added to the system's",
    flagAliases: ['ca-file'],
    group: 'certificate-authority',
  },
  'certificate-authority-data': {
    type: 'text',
    topic: 'HTTP',
    placeholder: 'BASE64',
    help: 'the same, as base64 of the PEM, as in a kubeconfig',
    group: 'certificate-authority',
  },
  'client-certificate': {
    type: 'path',
    topic: 'HTTP',
    placeholder: 'FILE',
    help: 'client certificate (PEM) for TLS to Dex',
  },
  'client-key': {
    type: 'path',
    topic: 'HTTP',
    placeholder: 'FILE',
    help: 'key (PEM) of the client certificate',
  },
  'insecure-skip-tls-verify': {
    type: 'switch',
    topic: 'HTTP',
    help: "do not check Dex's certificate: whoever is in the way gets the secrets",
    flagAliases: ['tls-skip-verify'],
  },
  'allow-http': {
    type: 'switch',
    topic: 'HTTP',
    help: 'send secrets over plain http to other machines, too',
  },
  timeout: {
    type: 'duration',
    topic: 'HTTP',
    commands: ['get-token', 'whoami'],
    placeholder: 'DURATION',
    help: 'deadline of the whole call, the identity source included',
    default: '30s',
    leastMs: 1,
    fromCluster: true,
  },

  'cache-dir': {
    type: 'path',
    topic: 'Cache',
    commands: ['get-token', 'cache'],
    placeholder: 'DIR',
    help: 'folder to hold the cache, in a folder dexchange of its own',
    defaultNote: "the platform's cache folder",
  },
  'no-cache': {
    type: 'switch',
    topic: 'Cache',
    help: 'neither read nor write the cache',
  },
  'refresh-before': {
    type: 'duration',
    topic: 'Cache',
    placeholder: 'DURATION',
    help: 'renew a credential this long before it expires, at most nine tenths of its life',
    defaultNote: 'a fifth of its life, at most 5m',
  },

  'token-env': {
    type: 'text',
    topic: 'Input',
    placeholder: 'VARIABLE',
    commands: ['decode'],
    help: 'environment variable that holds the token',
    flagOnly: true,
  },

  output: {
    type: 'text',
    topic: 'Output',
    placeholder: 'FORM',
    short: 'o',
    commands: ['get-token', 'cache', 'whoami'],
    help: 'json (an ExecCredential; of cache list, a list), token (the bare token) or text',
    defaultNote: 'json; of cache list, text',
    flagOnly: true,
  },
  explain: {
    type: 'choice',
    topic: 'Output',
    placeholder: '[=FORM]',
    help: 'say step by step how the credential comes about and what stops it, as text or json; prints no token',
    choices: {
      text: 'text',
      json: 'json',
      true: 'text',
      1: 'text',
      yes: 'text',
      on: 'text',
      false: 'off',
      0: 'off',
      no: 'off',
      off: 'off',
    },
    bareValue: 'text',
    default: 'off',
  },
  verbose: {
    type: 'switch',
    topic: 'Output',
    short: 'v',
    commands: ['*'],
    help: 'say on stderr what happens; never a secret',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof table;

type Text<S> = S extends { secret: true } ? Secret : string;

/** The type of a setting's value; durations are milliseconds, commands are words. */
export type SettingValue<N extends SettingName> = (typeof table)[N] extends { type: 'switch' }
  ? boolean
  : (typeof table)[N] extends { type: 'duration' }
    ? number
    : (typeof table)[N] extends { type: 'list' | 'command' }
      ? readonly Text<(typeof table)[N]>[]
      : Text<(typeof table)[N]>;

/** All rows with their names, typed by the general shape. */
export const settings: readonly (readonly [SettingName, Setting])[] = Object.entries(
  table,
) as (readonly [SettingName, Setting])[];
