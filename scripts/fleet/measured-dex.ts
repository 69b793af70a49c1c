import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildApiServer, buildDex } from '../../test/e2e/harness/build.ts';
import { ServerFailure } from '../../test/e2e/harness/child.ts';
import { type Dex, type DexOptions, dexClients, startDex } from '../../test/e2e/harness/dex.ts';
import { asAdmin, startEtcd, startKubernetes } from '../../test/e2e/harness/kubernetes.ts';
import { createCa } from '../../test/support/certificates.ts';
import { type Issuer, startIssuer } from './issuer.ts';

/** A real Dex to measure, with its IdP. */
export interface MeasuredDex {
  readonly dex: Dex;
  readonly issuer: Issuer;
  /** A folder that only the command lines of Dex's processes name. */
  readonly dexFolder: string;
  /** The API server; undefined if Dex stores its data in memory. */
  readonly apiServer: MeasuredApiServer | undefined;
  close(): Promise<void>;
}

/** The API server in which a measured Dex stores its data. */
export interface MeasuredApiServer {
  /** A folder that only the command lines of its processes name. */
  readonly folder: string;
  /** The requests for Dex's objects until now. */
  requests(): Promise<number>;
}

/** The connectors of the measured Dex, beside those of the end-to-end suite. */
export const measuredConnectors = { signature: 'signature', userinfo: 'userinfo' } as const;

/** Where Dex stores its keys and clients. */
export type Storage = 'memory' | 'kubernetes';

/** Starts the real Dex of the end-to-end suite; builds it first, if it is not in the suite's cache. */
export async function startMeasuredDex(storage: Storage): Promise<MeasuredDex> {
  const program = await buildDex();
  const workFolder = await mkdtemp(join(tmpdir(), 'dexchange-fleet-'));
  const closing: (() => Promise<unknown>)[] = [
    () => rm(workFolder, { recursive: true, force: true }),
  ];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const ca = await createCa('dexchange fleet CA');
    const issued = await ca.issue({ commonName: 'fleet', hosts: ['127.0.0.1'] });
    const tls = {
      caPem: ca.certPem,
      caFile: join(workFolder, 'ca.crt'),
      certFile: join(workFolder, 'tls.crt'),
      keyFile: join(workFolder, 'tls.key'),
    };
    await writeFile(tls.caFile, ca.certPem);
    await writeFile(tls.certFile, issued.certPem);
    await writeFile(tls.keyFile, issued.keyPem, { mode: 0o600 });
    const issuer = await startIssuer(issued);
    closing.push(issuer.close);
    const oidc = {
      issuer: issuer.url,
      ...{ clientID: 'dex', clientSecret: 'dex', rootCAs: [tls.caFile] },
      redirectURI: 'https://dex.example.com/callback',
      userNameKey: 'user_login',
      claimMapping: { email: 'user_email' },
      insecureSkipEmailVerified: true,
    };
    const kubernetes =
      storage === 'memory' ? undefined : await startStorage(workFolder, tls, closing);
    const dex = await startDexPatiently({
      ...{ program, workFolder, tls, upstreamCaFile: tls.caFile },
      connectors: [
        { type: 'oidc', id: measuredConnectors.signature, name: 'Signature', config: oidc },
        {
          ...{ type: 'oidc', id: measuredConnectors.userinfo, name: 'Userinfo' },
          config: { ...oidc, getUserInfo: true },
        },
      ],
      config: {
        logger: { level: 'info', format: 'json' },
        ...(kubernetes === undefined
          ? {}
          : {
              storage: {
                type: 'kubernetes',
                config: { kubeConfigFile: kubernetes.adminKubeconfig },
              },
              // In DKP the clients are objects of the cluster too.
              staticClients: [],
            }),
      },
    });
    closing.push(dex.stop);
    if (kubernetes !== undefined) await createClients(kubernetes);
    return {
      ...{ dex, issuer, close },
      dexFolder: dirname(dex.logFile),
      apiServer:
        kubernetes === undefined
          ? undefined
          : {
              folder: dirname(kubernetes.logFile),
              requests: () => dexObjectRequests(kubernetes),
            },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts Dex again if it ends at its first start, when the API server does not serve its resources yet. */
async function startDexPatiently(options: DexOptions): Promise<Dex> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startDex(options);
    } catch (error) {
      if (!(error instanceof ServerFailure) || attempt === 10) throw error;
      await pause(1000);
    }
  }
}

type Tls = Parameters<typeof startKubernetes>[0]['tls'];
type Kubernetes = Awaited<ReturnType<typeof startKubernetes>>;

async function startStorage(
  workFolder: string,
  tls: Tls,
  closing: (() => Promise<unknown>)[],
): Promise<Kubernetes> {
  const { etcd, kubeApiserver } = await buildApiServer();
  const data = await startEtcd({ program: etcd, workFolder });
  closing.push(data.stop);
  const kubernetes = await startKubernetes({
    ...{ program: kubeApiserver, workFolder, tls, etcdUrl: data.url, issuers: [] },
  });
  closing.push(kubernetes.stop);
  return kubernetes;
}

/** The sum of the API server's counters of requests for Dex's objects. */
async function dexObjectRequests(kubernetes: Kubernetes): Promise<number> {
  const { text } = await asAdmin(kubernetes, '/metrics');
  let sum = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith('apiserver_request_total{')) continue;
    if (line.includes('group="dex.coreos.com"')) sum += Number(line.split(' ').at(-1));
  }
  return sum;
}

/** Creates Dex's clients as objects, as DKP does with each DexClient. */
async function createClients(kubernetes: Kubernetes): Promise<void> {
  const clients = [
    { ...dexClients.ci, trustedPeers: [] },
    { ...dexClients.kubernetes, trustedPeers: [dexClients.ci.id] },
  ];
  for (const client of clients) {
    const answer = await asAdmin(
      kubernetes,
      '/apis/dex.coreos.com/v1/namespaces/default/oauth2clients',
      {
        body: {
          ...{ apiVersion: 'dex.coreos.com/v1', kind: 'OAuth2Client' },
          metadata: { name: objectName(client.id) },
          ...client,
        },
      },
    );
    if (answer.status !== 201) throw new Error(`creating a client gets ${answer.status}`);
  }
}

/** The name that Dex gives to the object of a client (idToName in storage/kubernetes/client.go). */
function objectName(id: string): string {
  const bytes = Buffer.concat([Buffer.from(id), Buffer.from('cbf29ce484222325', 'hex')]);
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('');
}
