import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubeconfigCase, Outcome } from '../e2e/kubeconfig-cases.ts';
import { createCa, type KeyPair } from './certificates.ts';
import { type RecordedRequest, startHttpServer } from './http-server.ts';
import { startProxy } from './proxy.ts';

/** The values for the placeholders of a kubeconfig case. */
export interface CaseValues {
  readonly server: string;
  readonly mtls: string;
  readonly proxy: string;
  readonly caPem: string;
  readonly client: KeyPair;
}

/** A kubeconfig case that is written to files. */
export interface WrittenCase {
  readonly paths: readonly string[];
  /** `spec` in the plugin's KUBERNETES_EXEC_INFO; undefined if the plugin was not run. */
  execInfo(): unknown;
  remove(): void;
}

/** A plugin that records its exec info and prints PLUGIN_TOKEN; its argument is the API version. */
const plugin = `#!/bin/sh
printf %s "$KUBERNETES_EXEC_INFO" >"$(dirname "$0")/exec-info"
printf '{"apiVersion":"client.authentication.k8s.io/%s","kind":"ExecCredential","status":{"token":"%s"}}' \\
  "\${1:-v1}" "\${PLUGIN_TOKEN:-from-plugin}"
`;

/** Writes the kubeconfigs of a case, and the files that they name, into a new folder. */
export function writeCase({ files }: KubeconfigCase, values: CaseValues): WrittenCase {
  const folder = mkdtempSync(join(tmpdir(), 'dexchange-kubeconfig-'));
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  const placeholders: readonly (readonly [string, string])[] = [
    ['<server>', values.server],
    ['<mtls>', values.mtls],
    ['<host>', values.server.replace('https://', '')],
    ['<proxy>', values.proxy],
    ['<folder>', folder],
    ['<ca>', base64(values.caPem)],
    ['<cert>', base64(values.client.certPem)],
    ['<key>', base64(values.client.keyPem)],
  ];
  const fill = (text: string): string =>
    placeholders.reduce((filled, [name, value]) => filled.replaceAll(name, value), text);
  const write = (name: string, content: string | Buffer): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  write('ca.crt', values.caPem);
  write('client.crt', values.client.certPem);
  write('client.key', values.client.keyPem);
  write('token', 'from-file\n');
  write('empty', '');
  write('lines', 'from\nfile\n');
  chmodSync(write('plugin', plugin), 0o755);
  return {
    paths: files.map((content, index) =>
      write(
        `config-${index}`,
        typeof content === 'string' ? fill(content) : fillBytes(content, fill),
      ),
    ),
    execInfo: () => {
      const text = placeholders.reduce(
        (info, [name, value]) => (value === '' ? info : info.replaceAll(value, name)),
        readOptional(join(folder, 'exec-info')) ?? '{}',
      );
      return (JSON.parse(text) as { spec?: unknown }).spec;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Fills the placeholders of a file that is not UTF-8, and keeps its encoding. */
function fillBytes(content: Buffer, fill: (text: string) => string): Buffer {
  if (content[0] === 0xff) return Buffer.from(fill(content.toString('utf16le')), 'utf16le');
  if (content[0] === 0xfe) {
    const text = Buffer.from(content).swap16().toString('utf16le');
    return Buffer.from(fill(text), 'utf16le').swap16();
  }
  return Buffer.from(fill(content.toString('latin1')), 'latin1');
}

/** The running servers that a kubeconfig case can name. */
export interface CasePeers {
  readonly values: CaseValues;
  /** Runs a client with a case; returns the first request that the API server received. */
  outcomeOf(written: WrittenCase, run: () => Promise<unknown>): Promise<Outcome>;
  close(): Promise<void>;
}

/** Starts the API servers and the proxy for the kubeconfig cases. */
export async function startCasePeers(): Promise<CasePeers> {
  const ca = await createCa();
  const tls = await ca.issue({ commonName: 'api', hosts: ['127.0.0.1', 'api.example.com'] });
  const client = await ca.issue({ commonName: 'jane', hosts: [], client: true });
  const api = await startHttpServer({ tls }, {}, answer);
  const mtls = await startHttpServer({ tls: { ...tls, clientCaPem: ca.certPem } }, {}, answer);
  const proxy = await startProxy();
  return {
    values: {
      server: api.origin,
      mtls: mtls.origin,
      proxy: proxy.url,
      caPem: ca.certPem,
      client,
    },
    async outcomeOf(written, run) {
      const before = [api.requests.length, mtls.requests.length, proxy.requests.length] as const;
      await run();
      const request = api.requests[before[0]] ?? mtls.requests[before[1]];
      if (request === undefined) return 'refused';
      const execInfo = written.execInfo();
      return {
        ...sentIn(request),
        ...(proxy.requests.length > before[2] ? { proxy: true } : {}),
        ...(execInfo === undefined ? {} : { execInfo }),
      };
    },
    close: async () => {
      await Promise.all([api.close(), mtls.close(), proxy.close()]);
    },
  };
}

function answer({ method }: RecordedRequest) {
  const review = { status: { userInfo: { username: 'jane', groups: [] } } };
  return {
    status: method === 'POST' ? 201 : 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(method === 'POST' ? review : { gitVersion: 'v1.36.0' }),
  };
}

function sentIn({ headers, path, clientCertificate, serverName }: RecordedRequest) {
  const { authorization } = headers;
  const impersonate = Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.startsWith('impersonate-')),
  ) as Record<string, string>;
  const prefix = path.replace(/\/(?:apis|version|raw)(?:\/.*)?$/, '');
  return {
    ...(authorization === undefined ? {} : { authorization }),
    ...(Object.keys(impersonate).length === 0 ? {} : { impersonate }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(serverName === undefined ? {} : { serverName }),
    ...(prefix === '' ? {} : { prefix }),
  };
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
