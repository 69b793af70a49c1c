import { generateKeyPairSync } from 'node:crypto';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Child, startChild, untilReady } from './child.ts';
import { http } from './http.ts';
import { realm, realmFile } from './keycloak-realm.ts';
import { freePort } from './ports.ts';

/** The folder with a database that contains the realm, and the key of its client `ci-jwt`. */
export const snapshotFolder = 'snapshot';
export const clientKeyFile = 'ci-jwt.pem';

/**
 * The build options of Keycloak, which halve the time of each start. A start must not repeat them.
 */
export const keycloakBuildOptions = [
  '--db=dev-file',
  '--health-enabled=false',
  '--metrics-enabled=false',
];

/**
 * Creates the home folder of one run: links to the distribution, and an empty data folder. kc.sh
 * would write the data of all runs into the distribution.
 */
export async function makeKeycloakHome(folder: string, distribution: string): Promise<void> {
  await mkdir(join(folder, 'data', 'import'), { recursive: true });
  await mkdir(join(folder, 'providers'));
  await symlink(join(distribution, 'lib'), join(folder, 'lib'));
  await symlink(join(distribution, 'conf'), join(folder, 'conf'));
}

/** The arguments of java that start the augmented distribution in a separate home folder. */
export function keycloakArguments(
  distribution: string,
  folder: string,
  options: readonly string[],
): string[] {
  return [
    ...['-Xms256m', '-Xmx1g', '-XX:+UseSerialGC'],
    // kc.sh tunes for weeks of uptime; a short run is mostly class loading and compilation.
    ...['-XX:TieredStopAtLevel=1', '-XX:+UnlockDiagnosticVMOptions'],
    ...['-XX:-BytecodeVerificationRemote', '-Djava.security.egd=file:/dev/urandom'],
    ...['java.util', 'java.util.concurrent', 'java.security'].map(
      (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
    ),
    '-Dfile.encoding=UTF-8',
    '-Djava.util.logging.manager=org.jboss.logmanager.LogManager',
    '-Djava.util.concurrent.ForkJoinPool.common.threadFactory=' +
      'io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory',
    `-Dkc.home.dir=${folder}`,
    `-Djboss.server.config.dir=${join(folder, 'conf')}`,
    ...['-cp', join(distribution, 'lib', 'quarkus-run.jar')],
    'io.quarkus.bootstrap.runner.QuarkusEntryPoint',
    ...['start', '--optimized', '--cache=local', ...options],
  ];
}

/** Waits until the issuer serves discovery; stops Keycloak and rejects if it never does. */
export async function keycloakReady(child: Child, issuer: string, caPem?: string): Promise<void> {
  const ready = async () => {
    const answer = await http(`${issuer}/.well-known/openid-configuration`, {
      ...(caPem === undefined ? {} : { caPem }),
    });
    return answer.status === 200 ? true : undefined;
  };
  try {
    await untilReady(child, ready, { timeoutMs: 300_000 });
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}

/**
 * Lets an augmented distribution create its database and import the realm, and stores the result in
 * it, which saves ten seconds at every start.
 */
export async function snapshotKeycloak(distribution: string, java: string): Promise<void> {
  const folder = await mkdtemp(join(distribution, 'home-'));
  const snapshot = join(distribution, snapshotFolder);
  const port = await freePort();
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await makeKeycloakHome(folder, distribution);
  await mkdir(snapshot);
  await writeFile(
    join(snapshot, clientKeyFile),
    keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    { mode: 0o600 },
  );
  await writeFile(
    join(folder, 'data', 'import', `${realm}-realm.json`),
    JSON.stringify(realmFile({ ...keys.publicKey.export({ format: 'jwk' }) })),
  );
  const origin = `http://127.0.0.1:${port}`;
  const child = await startChild({
    name: 'keycloak',
    command: java,
    args: keycloakArguments(distribution, folder, [
      ...['--import-realm', '--http-enabled=true', '--http-host=127.0.0.1'],
      ...[`--http-port=${port}`, `--hostname=${origin}`],
    ]),
    logFile: join(folder, 'keycloak.log'),
  });
  await keycloakReady(child, `${origin}/realms/master`);
  // Gracefully, because Keycloak writes the database when it ends.
  await child.stop(60_000);
  await cp(join(folder, 'data', 'h2'), join(snapshot, 'h2'), { recursive: true });
  await rm(folder, { recursive: true });
}
