import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Child, retryTakenPort, startChild, untilReady } from './child.ts';
import { clientBasic, form, type HttpAnswer, http } from './http.ts';
import { freePorts } from './ports.ts';

export interface DexClient {
  readonly id: string;
  readonly secret: string;
}

/** The address of a running Dex, as plain JSON. */
export interface DexAddress {
  /** With a trailing slash, as in DKP. */
  readonly issuer: string;
  /** `<origin>/token`. */
  readonly tokenUrl: string;
  readonly telemetryUrl: string;
  readonly logFile: string;
  /** The CA that signed its certificate. */
  readonly caPem: string;
}

export interface Dex extends DexAddress {
  readonly stop: () => Promise<void>;
  /** Restarts it on the same port, with new keys because it stores them in memory. */
  readonly start: () => Promise<void>;
  readonly restart: () => Promise<void>;
  /** Stops its processes, which still accept connections but answer nothing, or continues them. */
  readonly freeze: (isFrozen: boolean) => void;
}

export interface DexOptions {
  /** The path of the program. */
  readonly program: string;
  /** The folder in which it creates the folder for its files. */
  readonly workFolder: string;
  readonly tls: { readonly caPem: string; readonly certFile: string; readonly keyFile: string };
  /** The path of a PEM file with the CA of the IdPs. */
  readonly upstreamCaFile: string;
  /** The issuer of the `gitlab` connectors; undefined: there are no such connectors. */
  readonly gitlabIssuer?: string | undefined;
  /** The issuer of connector `keycloak`; undefined: there is no such connector. */
  readonly keycloakIssuer?: string | undefined;
  /** More connectors, in the format of Dex's configuration. */
  readonly connectors?: readonly Readonly<Record<string, unknown>>[];
  /** A Go duration; default: `10m`, as in DKP. */
  readonly idTokens?: string;
  /** Top-level keys that extend or override Dex's configuration. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** The clients of every Dex that the harness starts. */
export const dexClients = {
  /** The trusted peer of `kubernetes`; its secret contains characters that need form-encoding. */
  ci: { id: 'dex-client-ci-token-exchange@d8-user-authn', secret: 's3cr+t%2F=&:x' },
  /** Like a DexClient without the annotation. */
  untrusted: { id: 'dex-client-untrusted@d8-user-authn', secret: 'untrusted-s3cret' },
  kubernetes: { id: 'kubernetes', secret: 'kubernetes-s3cret' },
} as const satisfies Record<string, DexClient>;

/** The connectors of every Dex that the harness starts, if their issuers are given. */
export const dexConnectors = {
  /** oidc, as the DKP guide *Access for CI/CD* configures it for GitLab CI. */
  gitlab: 'gitlab',
  /** Like `gitlab`, but without groups. */
  gitlabWithoutGroups: 'gitlab-without-groups',
  /** oidc with getUserInfo, for access tokens. */
  keycloak: 'keycloak',
  /** mockCallback: maps any subject token to kilgore@kilgore.trout of group authors. */
  mock: 'mock',
  /** mockPassword: does not support token exchange. */
  password: 'password',
} as const;

/**
 * Starts Dex with HTTPS on 127.0.0.1 and waits until it serves discovery. The IdPs need not run
 * yet: if a connector cannot be opened at the start, the first exchange that uses it opens it.
 */
export function startDex(options: DexOptions): Promise<Dex> {
  return retryTakenPort(async () => {
    const folder = await mkdtemp(join(options.workFolder, 'dex-'));
    const [port = 0, telemetryPort = 0] = await freePorts(2);
    const origin = `https://127.0.0.1:${port}`;
    const configFile = join(folder, 'config.json');
    const address: DexAddress = {
      issuer: `${origin}/`,
      tokenUrl: `${origin}/token`,
      telemetryUrl: `http://127.0.0.1:${telemetryPort}/metrics`,
      logFile: join(folder, 'dex.log'),
      caPem: options.tls.caPem,
    };
    await writeFile(configFile, JSON.stringify(configuration(address, options), null, 2));

    let child: Child | undefined;
    const start = async () => {
      child = await startChild({
        name: 'dex',
        command: options.program,
        args: ['serve', configFile],
        logFile: address.logFile,
        // Dex must not expand variables in the secrets, and must not use a proxy for the IdPs.
        env: { PATH: process.env['PATH'], DEX_EXPAND_ENV: 'false' },
      });
      try {
        await untilReady(child, () => discovery(address), { timeoutMs: 60_000, intervalMs: 50 });
      } catch (error) {
        await child.stop(0);
        throw error;
      }
    };
    const stop = async () => {
      // A graceful end would wait for open connections.
      await child?.stop(0);
      child = undefined;
    };
    await start();
    return {
      ...address,
      start,
      stop,
      restart: async () => {
        await stop();
        await start();
      },
      freeze: (isFrozen) => {
        if (child !== undefined) process.kill(-child.group, isFrozen ? 'SIGSTOP' : 'SIGCONT');
      },
    };
  });
}

export interface ExchangeOptions {
  readonly subjectToken: string;
  /** `id_token` (default) or `access_token`. */
  readonly subjectTokenType?: 'id_token' | 'access_token';
  /** Default `gitlab`. */
  readonly connectorId?: string;
  readonly client?: DexClient;
  /** Default: openid, profile, email, groups and audience kubernetes. */
  readonly scope?: string;
  /** Form fields that extend or override the default ones. */
  readonly fields?: Readonly<Record<string, string>>;
}

const tokenType = 'urn:ietf:params:oauth:token-type:';

/** Sends an exchange to Dex; returns the response, with any status. */
export function exchange(dex: DexAddress, options: ExchangeOptions): Promise<HttpAnswer> {
  const client = options.client ?? dexClients.ci;
  const { headers, body } = form({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    connector_id: options.connectorId ?? dexConnectors.gitlab,
    subject_token: options.subjectToken,
    subject_token_type: `${tokenType}${options.subjectTokenType ?? 'id_token'}`,
    requested_token_type: `${tokenType}id_token`,
    scope: options.scope ?? 'openid profile email groups audience:server:client_id:kubernetes',
    ...options.fields,
  });
  return http(dex.tokenUrl, {
    headers: { ...headers, authorization: clientBasic(client.id, client.secret) },
    body,
    caPem: dex.caPem,
  });
}

/** Sends an exchange to Dex; returns the token, and rejects with the response if there is none. */
export async function exchangedToken(dex: DexAddress, options: ExchangeOptions): Promise<string> {
  const answer = await exchange(dex, options);
  const token = (answer.json() as { access_token?: unknown }).access_token;
  if (answer.status !== 200 || typeof token !== 'string') {
    throw new Error(`dex answered ${answer.status}: ${answer.text}`);
  }
  return token;
}

/**
 * The number of requests to `/token` since this Dex started, from its metrics. Use it to compute
 * differences, and only with a Dex that no other test uses concurrently.
 */
export async function tokenRequests(dex: DexAddress): Promise<number> {
  const { text } = await http(dex.telemetryUrl);
  let sum = 0;
  for (const line of text.split('\n')) {
    const match = /^http_requests_total\{(.*)\} ([0-9.e+]+)$/.exec(line);
    if (match?.[1]?.includes('handler="/token"') === true) sum += Number(match[2]);
  }
  return sum;
}

async function discovery(address: DexAddress): Promise<true | undefined> {
  const answer = await http(`${address.issuer}.well-known/openid-configuration`, {
    caPem: address.caPem,
    timeoutMs: 5_000,
  });
  return answer.status === 200 ? true : undefined;
}

function configuration(address: DexAddress, options: DexOptions): Record<string, unknown> {
  const redirectURI = `${address.issuer}callback`;
  const upstream = {
    clientID: 'dex',
    clientSecret: 'dex-upstream-s3cret',
    redirectURI,
    rootCAs: [options.upstreamCaFile],
    insecureEnableGroups: true,
  };
  const connectors: Readonly<Record<string, unknown>>[] = [
    { type: 'mockCallback', id: dexConnectors.mock, name: 'Mock' },
    {
      type: 'mockPassword',
      id: dexConnectors.password,
      name: 'Password',
      config: { username: 'deployer', password: 'password' },
    },
  ];
  if (options.gitlabIssuer !== undefined) {
    const config = {
      ...upstream,
      issuer: options.gitlabIssuer,
      userNameKey: 'user_login',
      claimMapping: { email: 'user_email' },
      insecureSkipEmailVerified: true,
    };
    connectors.push(
      { type: 'oidc', id: dexConnectors.gitlab, name: 'GitLab', config },
      {
        type: 'oidc',
        id: dexConnectors.gitlabWithoutGroups,
        name: 'GitLab without groups',
        config: { ...config, insecureEnableGroups: false },
      },
    );
  }
  if (options.keycloakIssuer !== undefined) {
    connectors.push({
      type: 'oidc',
      id: dexConnectors.keycloak,
      name: 'Keycloak',
      config: {
        ...upstream,
        issuer: options.keycloakIssuer,
        getUserInfo: true,
        userNameKey: 'preferred_username',
        claimMapping: { groups: 'groups' },
      },
    });
  }
  return {
    issuer: address.issuer,
    storage: { type: 'memory' },
    web: {
      https: new URL(address.issuer).host,
      tlsCert: options.tls.certFile,
      tlsKey: options.tls.keyFile,
    },
    telemetry: { http: new URL(address.telemetryUrl).host },
    logger: { level: 'debug', format: 'json' },
    oauth2: {
      grantTypes: [
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:token-exchange',
      ],
      skipApprovalScreen: true,
    },
    expiry: { idTokens: options.idTokens ?? '10m' },
    staticClients: [
      {
        ...dexClients.kubernetes,
        name: 'Kubernetes',
        redirectURIs: ['http://127.0.0.1/callback'],
        trustedPeers: [dexClients.ci.id],
      },
      { ...dexClients.ci, name: 'CI', redirectURIs: [] },
      { ...dexClients.untrusted, name: 'Untrusted', redirectURIs: [] },
    ],
    connectors: [...connectors, ...(options.connectors ?? [])],
    ...options.config,
  };
}
