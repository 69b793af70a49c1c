import { DexchangeError } from '../../src/errors.ts';
import type { OutgoingRequest } from '../../src/http/message.ts';
import { connectContext } from '../../src/kubernetes/client/connect.ts';
import { readTextFile } from '../../src/platform/text-file.ts';
import type { ChannelSettings } from '../../src/ports.ts';
import { reveal } from '../../src/secret.ts';
import { contextOfFiles } from './context-of-files.ts';

/** What a kubeconfig decides about a request, in the form of test/e2e/servers/…/kubeconfig-reader. */
export interface KubeconfigRequest {
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serverName: string;
  readonly insecure: boolean;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly proxy: string;
  readonly namespace: string;
  readonly plugin: unknown;
}

/**
 * The request that dexchange would send for the kubeconfigs at these paths; runs no plugin and
 * connects to nothing.
 * @throws DexchangeError as dexchange would refuse them
 */
export async function requestOfKubeconfigs(
  paths: readonly string[],
  wanted: string | undefined,
): Promise<KubeconfigRequest> {
  const context = contextOfFiles(paths, wanted);
  const { exec } = context.user;
  const calls: { settings: ChannelSettings; request: OutgoingRequest }[] = [];
  const withoutPlugin = { ...context, user: { ...context.user, exec: undefined } };
  const { api } = await connectContext(
    withoutPlugin,
    { timeoutMs: 1000 },
    {
      env: {},
      readTextFile,
      openChannel: (settings) => ({
        async send(request) {
          calls.push({ settings, request });
          return { status: 200, headers: {}, body: '{}' };
        },
        close: async () => undefined,
      }),
      runCommand: () => Promise.reject(new Error('no plugin is run')),
    },
  );
  await api.send({ method: 'GET', path: '/version' });
  const [call] = calls;
  if (call === undefined) throw new Error('nothing was sent');
  const { settings, request } = call;
  // Node's TLS refuses such a CA when the connection opens.
  if (settings.certificateAuthorityPem.some((pem) => !pem.includes('-----BEGIN'))) {
    throw refused('certificate authority');
  }
  const headers = new Map<string, string>();
  for (const [name, value] of request.headers ?? []) {
    if (name === 'accept') continue;
    const bytes = reveal(value);
    // The HTTP client refuses such a header before it connects (src/platform/http/http.ts).
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(bytes)) throw refused(`header ${name}`);
    const text = Buffer.from(bytes, 'latin1').toString('utf8');
    const before = headers.get(name);
    headers.set(name, before === undefined ? text : `${before}, ${text}`);
  }
  return {
    host: new URL(request.url.replace(/\/version$/, '')).href.replace(/\/$/, ''),
    headers: Object.fromEntries(headers),
    serverName: settings.tlsServerName ?? '',
    insecure: settings.insecureSkipTlsVerify,
    ca: settings.certificateAuthorityPem.join(''),
    cert: settings.clientCertificatePem ?? '',
    key: settings.clientKeyPem?.reveal() ?? '',
    proxy: settings.proxyUrl ?? '',
    namespace: context.namespace ?? 'default',
    plugin:
      exec === undefined
        ? undefined
        : {
            command: exec.command,
            args: exec.args,
            env: exec.env,
            apiVersion: exec.apiVersion,
            provideClusterInfo: exec.provideClusterInfo,
          },
  };
}

function refused(what: string): DexchangeError {
  return new DexchangeError('setting_invalid', what, { hint: 'correct it' });
}
