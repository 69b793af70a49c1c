import { cp, mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { retryTakenPort, startChild } from './child.ts';
import { clientBasic, form, type HttpAnswer, http } from './http.ts';
import {
  clientKeyFile,
  keycloakArguments,
  keycloakReady,
  makeKeycloakHome,
  snapshotFolder,
} from './keycloak-process.ts';
import { type KeycloakClient, keycloakClients, realm } from './keycloak-realm.ts';
import { freePort } from './ports.ts';

/** The address of a running Keycloak, as plain JSON. */
export interface KeycloakAddress {
  readonly issuer: string;
  readonly tokenUrl: string;
  readonly logFile: string;
  readonly caPem: string;
  /** The private key (PKCS #8 PEM) with which client `ci-jwt` signs its assertions (RS256). */
  readonly clientKeyPem: string;
}

export interface Keycloak extends KeycloakAddress {
  readonly stop: () => Promise<void>;
}

export interface KeycloakOptions {
  /** The path of the augmented distribution. */
  readonly home: string;
  readonly java: string;
  readonly workFolder: string;
  readonly tls: { readonly caPem: string; readonly certFile: string; readonly keyFile: string };
  /** The port, for callers that need the issuer before the start; default: a free port. */
  readonly port?: number;
}

/** The issuer of the realm if Keycloak listens on `port`. */
export function keycloakIssuer(port: number): string {
  return `https://127.0.0.1:${port}/realms/${realm}`;
}

/**
 * Starts Keycloak with HTTPS on 127.0.0.1 with the realm of `keycloak-realm.ts`, from a copy of the
 * prepared database, and waits until the realm serves discovery.
 */
export function startKeycloak(options: KeycloakOptions): Promise<Keycloak> {
  return retryTakenPort(async () => {
    const folder = await mkdtemp(join(options.workFolder, 'keycloak-'));
    const port = options.port ?? (await freePort());
    const issuer = keycloakIssuer(port);
    const snapshot = join(options.home, snapshotFolder);
    await makeKeycloakHome(folder, options.home);
    await cp(join(snapshot, 'h2'), join(folder, 'data', 'h2'), { recursive: true });
    const logFile = join(folder, 'keycloak.log');
    const child = await startChild({
      name: 'keycloak',
      command: options.java,
      args: keycloakArguments(options.home, folder, [
        ...['--http-enabled=false', '--http-host=127.0.0.1', `--https-port=${port}`],
        `--hostname=https://127.0.0.1:${port}`,
        `--https-certificate-file=${options.tls.certFile}`,
        `--https-certificate-key-file=${options.tls.keyFile}`,
      ]),
      logFile,
    });
    await keycloakReady(child, issuer, options.tls.caPem);
    return {
      issuer,
      tokenUrl: `${issuer}/protocol/openid-connect/token`,
      logFile,
      caPem: options.tls.caPem,
      clientKeyPem: await readFile(join(snapshot, clientKeyFile), 'utf8'),
      stop: () => child.stop(0),
    };
  });
}

/**
 * Requests a client_credentials token, by default as client `basic`, and without a scope parameter
 * if `scope` is empty; returns the response, with any status.
 */
export function clientCredentials(
  keycloak: KeycloakAddress,
  scope = 'openid',
  client: KeycloakClient = keycloakClients.basic,
): Promise<HttpAnswer> {
  const inBody = client.inBody === true;
  const { headers, body } = form({
    grant_type: 'client_credentials',
    ...(scope === '' ? {} : { scope }),
    ...(inBody ? { client_id: client.id, client_secret: client.secret } : {}),
  });
  return http(keycloak.tokenUrl, {
    headers: {
      ...headers,
      ...(inBody ? {} : { authorization: clientBasic(client.id, client.secret) }),
    },
    body,
    caPem: keycloak.caPem,
  });
}

/** Requests a client_credentials token; returns the access token, and rejects if there is none. */
export async function clientCredentialsToken(
  keycloak: KeycloakAddress,
  scope?: string,
  client?: KeycloakClient,
): Promise<string> {
  const answer = await clientCredentials(keycloak, scope, client);
  const token = (answer.json() as { access_token?: unknown }).access_token;
  if (answer.status !== 200 || typeof token !== 'string') {
    throw new Error(`keycloak answered ${answer.status}: ${answer.text}`);
  }
  return token;
}
