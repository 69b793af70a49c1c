import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DexchangeError } from '../../src/errors.ts';
import type { GeneratedKubeconfig } from '../fuzz/kubeconfig-generator.ts';
import { createCa } from './certificates.ts';
import { type KubeconfigRequest, requestOfKubeconfigs } from './kubeconfig-request.ts';

/** What a reader makes of kubeconfigs. */
type Reading = Partial<KubeconfigRequest> & { readonly refused?: string };

/** The same generated kubeconfig, read by dexchange and by kubectl's library. */
export interface Compared {
  readonly dexchange: Reading;
  readonly kubectl: Reading;
  /** Undefined if both send the same, or both refuse. */
  readonly difference: string | undefined;
}

/** Writes generated kubeconfigs to a folder with the files that they can name. */
export interface KubeconfigFolder {
  write(given: GeneratedKubeconfig): readonly string[];
  remove(): void;
}

/** Creates the folder; `remove` removes it. */
export async function kubeconfigFolder(): Promise<KubeconfigFolder> {
  const folder = mkdtempSync(join(tmpdir(), 'dexchange-generated-'));
  const ca = await createCa();
  const client = await ca.issue({ commonName: 'jane', hosts: [], client: true });
  const files = {
    'ca.crt': ca.certPem,
    'client.crt': client.certPem,
    'client.key': client.keyPem,
    token: 'from-file\n',
    empty: '',
    lines: 'a\nb\n',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  const placeholders = {
    '<folder>': folder,
    '<ca>': base64(ca.certPem),
    '<cert>': base64(client.certPem),
    '<key>': base64(client.keyPem),
  };
  const fill = (text: string): string =>
    Object.entries(placeholders).reduce(
      (filled, [name, value]) => filled.replaceAll(name, value),
      text,
    );
  return {
    write: ({ files: contents }) =>
      contents.map((content, index) => {
        const path = join(folder, `config-${index}`);
        writeFileSync(path, Buffer.from(fill(content.toString('latin1')), 'latin1'));
        return path;
      }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * What dexchange makes of kubeconfigs.
 * @throws what is not a DexchangeError, such as an error of the YAML library
 */
export async function readByDexchange(
  paths: readonly string[],
  context: string | undefined,
): Promise<Reading> {
  try {
    return await requestOfKubeconfigs(paths, context);
  } catch (error) {
    if (!(error instanceof DexchangeError) || error.code === 'bug') throw error;
    return { refused: `${error.code} ${error.message}` };
  }
}

/** Compares dexchange's reading with that of kubectl's library (kubeconfig-reader). */
export interface KubeconfigComparison {
  compare(given: GeneratedKubeconfig): Promise<Compared>;
  close(): void;
}

/**
 * Starts a comparison; `close` ends it.
 * @param program the path of kubeconfig-reader, built from test/e2e/servers/kubernetes
 */
export async function compareKubeconfigs(program: string): Promise<KubeconfigComparison> {
  const folder = await kubeconfigFolder();
  const child: ChildProcessWithoutNullStreams = spawn(program, { env: {} });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async compare(given) {
      const paths = folder.write(given);
      child.stdin.write(`${JSON.stringify({ files: paths, context: given.context ?? '' })}\n`);
      const { value } = await answers.next();
      const kubectl = asKubectl(JSON.parse(String(value)) as Reading);
      const dexchange = await readByDexchange(paths, given.context);
      return { kubectl, dexchange, difference: differenceOf(kubectl, dexchange) };
    },
    close() {
      child.stdin.end();
      child.kill();
      folder.remove();
    },
  };
}

/** The library's answer as kubectl continues with it. */
function asKubectl(answer: Reading): Reading {
  if (answer.refused !== undefined) return answer;
  // Without TLS and over a proxy without a host, no credential reaches the API server.
  if (answer.host?.startsWith('http://')) return { refused: 'plain http' };
  if (/^\w+:\/*$/.test(answer.proxy ?? '')) return { refused: 'the proxy has no host' };
  return answer;
}

function differenceOf(kubectl: Reading, dexchange: Reading): string | undefined {
  if (kubectl.refused !== undefined || dexchange.refused !== undefined) {
    if (kubectl.refused !== undefined && dexchange.refused !== undefined) return undefined;
    // For a user without a credential, kubectl asks on the terminal.
    const isAnonymous =
      kubectl.refused === undefined &&
      kubectl.headers?.['authorization'] === undefined &&
      !kubectl.cert &&
      !kubectl.plugin;
    if (isAnonymous) return undefined;
    return `kubectl: ${kubectl.refused ?? 'accepted'}; dexchange: ${dexchange.refused ?? 'accepted'}`;
  }
  const [theirs, mine] = [comparable(kubectl), comparable(dexchange)];
  return theirs === mine ? undefined : `kubectl: ${theirs}; dexchange: ${mine}`;
}

function comparable(reading: Reading): string {
  const plugin = reading.plugin as Record<string, unknown> | undefined;
  const { installHint: _hint, config: _config, ...rest } = plugin ?? {};
  const withoutSlash = (url: string | undefined): string => (url ?? '').replace(/\/$/, '');
  return JSON.stringify({
    host: withoutSlash(reading.host),
    headers: Object.entries(reading.headers ?? {}).sort(),
    serverName: reading.serverName ?? '',
    insecure: reading.insecure ?? false,
    ca: reading.ca ?? '',
    cert: reading.cert ?? '',
    key: reading.key ?? '',
    proxy: withoutSlash(reading.proxy),
    namespace: reading.namespace ?? '',
    plugin: plugin === undefined ? null : { ...rest, args: rest['args'] ?? [] },
  });
}
