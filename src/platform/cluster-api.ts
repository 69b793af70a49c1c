import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { DexchangeError } from '../errors.ts';
import type { ApiRequest, ApiResponse, ClusterApi } from '../kubernetes/api.ts';
import type { KubeconfigContext } from '../kubernetes/kubeconfig/read.ts';
import { sanitize } from '../sanitize.ts';
import type { Deadline } from './deadline.ts';
import { type ProxyEnv, proxyFor } from './http/proxy.ts';
import { runCommand } from './run-command.ts';

/** Secrets and ingresses are far smaller. */
const maxBodyBytes = 16 * 1024 * 1024;

type Fields = KubeconfigContext['user']['fields'];

/**
 * The Kubernetes API of a kubeconfig context, any kind of user entry. The Kubernetes client makes
 * TLS settings, headers and tokens of it; it is loaded here and not before. What it does not know
 * or leaves to the environment is done here: `tokenFile`, exec plugins within the deadline and with
 * KUBERNETES_EXEC_INFO, proxies by variable, the system's CAs, and that no variable switches
 * certificate checks off.
 * @throws DexchangeError kubeconfig_invalid, kubeconfig_unreadable, server_timeout, url_insecure
 */
export async function connectCluster(
  context: KubeconfigContext,
  env: ProxyEnv,
  deadline: Deadline,
): Promise<ClusterApi> {
  const server = serverOf(context);
  // It is Node's, and wins over what is not said in so many words.
  delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')]);
  const [{ KubeConfig }, { default: undici }] = await Promise.all([
    import('@kubernetes/client-node/dist/config.js'),
    import('undici'),
  ]);
  const config = new KubeConfig();
  config.loadFromString(
    JSON.stringify({
      clusters: [{ name: 'cluster', cluster: withProxy(context.cluster.fields, server, env) }],
      users: [{ name: 'user', user: await withCredential(context, env, deadline) }],
      contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
      'current-context': 'context',
    }),
  );
  const headers: Record<string, string> = { accept: 'application/json' };
  let dispatcher: unknown;
  try {
    await config.applySecurityAuthentication({
      setHeaderParam: (name: string, value: string) => {
        headers[name.toLowerCase()] = value;
      },
      setDispatcher: (made: unknown) => {
        dispatcher = made;
      },
    } as unknown as Parameters<typeof config.applySecurityAuthentication>[0]);
  } catch (error) {
    throw new DexchangeError(
      'kubeconfig_invalid',
      `the credential of context ${shown(context)} cannot be used: ${sanitize((error as Error).message)}`,
      { cause: error },
    );
  }

  async function send({ method, path, body }: ApiRequest): Promise<ApiResponse> {
    try {
      const response = await undici.fetch(server + path, {
        method,
        headers: {
          ...headers,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(dispatcher === undefined ? {} : { dispatcher: dispatcher as never }),
        // The credential goes nowhere else.
        redirect: 'manual',
        signal: deadline.signal,
      });
      const text = await boundedText(response.body);
      return {
        status: response.status,
        json: parseJson(text),
        text: sanitize(text, { maxChars: 200 }),
        dateMs: parseDate(response.headers.get('date')),
      };
    } catch (error) {
      throw failure(error, server, deadline);
    }
  }
  return { server, context: context.name, send };
}

function serverOf(context: KubeconfigContext): string {
  const server = context.cluster.fields['server'];
  if (typeof server !== 'string' || !/^https?:\/\//.test(server) || !URL.canParse(server)) {
    throw new DexchangeError(
      'kubeconfig_invalid',
      `the cluster of context ${shown(context)} has no server, or one that is no URL`,
    );
  }
  if (server.startsWith('http:')) {
    throw new DexchangeError(
      'url_insecure',
      `${sanitize(server)}, the server of context ${shown(context)}, is not https`,
      { hint: 'a credential would be sent in the clear: write it with https in the kubeconfig' },
    );
  }
  return server.replace(/\/+$/, '');
}

function shown({ name }: KubeconfigContext): string {
  return sanitize(name, { maxChars: 80 });
}

function withProxy(fields: Fields, server: string, env: ProxyEnv): Fields {
  if (fields['proxy-url']) return fields;
  const proxy = proxyFor(new URL(server), env);
  if (proxy === undefined) return fields;
  const url = new URL(proxy.url);
  const [, encoded] = /^Basic (.+)$/.exec(proxy.authorization?.reveal() ?? '') ?? [];
  if (encoded !== undefined) {
    const [user = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
    url.username = encodeURIComponent(user);
    url.password = encodeURIComponent(password.join(':'));
  }
  return { ...fields, 'proxy-url': url.href };
}

/** A user as the client understands it: without plugin and token file, but with what they give. */
async function withCredential(
  context: KubeconfigContext,
  env: ProxyEnv,
  deadline: Deadline,
): Promise<Fields> {
  const { tokenFile, exec, ...rest } = context.user.fields;
  if (exec !== undefined && exec !== null) {
    return { ...rest, ...(await runPlugin(exec as Plugin, context, env, deadline)) };
  }
  // client-go lets the file win over a token beside it.
  return typeof tokenFile === 'string' ? { ...rest, token: readToken(tokenFile) } : rest;
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new DexchangeError(
      'kubeconfig_unreadable',
      `tokenFile ${sanitize(path)} cannot be read: ${code ?? 'unknown error'}`,
    );
  }
}

interface Plugin {
  readonly apiVersion?: unknown;
  readonly command?: unknown;
  readonly args?: unknown;
  readonly env?: unknown;
  readonly installHint?: unknown;
  readonly provideClusterInfo?: unknown;
}

async function runPlugin(
  plugin: Plugin,
  context: KubeconfigContext,
  env: ProxyEnv,
  deadline: Deadline,
): Promise<Fields> {
  const command = String(plugin.command ?? '');
  const args = Array.isArray(plugin.args) ? plugin.args.map(String) : [];
  const name = `the plugin ${sanitize(command, { maxChars: 80 })} of context ${shown(context)}`;
  let output: string;
  try {
    output = await runCommand(
      [command, ...args],
      pluginEnvironment(plugin, context, env),
      deadline,
    );
  } catch (error) {
    const { message } = error as Error;
    const notFound = message === 'was not found' && typeof plugin.installHint === 'string';
    throw new DexchangeError('kubeconfig_invalid', `${name} ${message}`, {
      hint: notFound
        ? sanitize(String(plugin.installHint))
        : `see: kubectl --context ${shown(context)} get --raw /version`,
    });
  }
  const status = (parseJson(output) as { status?: Record<string, unknown> } | undefined)?.status;
  const text = (key: string): string | undefined => {
    const value = status?.[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [token, certificate, key] = ['token', 'clientCertificateData', 'clientKeyData'].map(text);
  if (token === undefined && certificate === undefined) {
    throw new DexchangeError('kubeconfig_invalid', `${name} printed no credential`);
  }
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
  return {
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined ? {} : { 'client-certificate-data': base64(certificate) }),
    ...(key === undefined ? {} : { 'client-key-data': base64(key) }),
  };
}

/** As client-go sets it up (client.authentication.k8s.io, `ExecCredential`). */
function pluginEnvironment(
  plugin: Plugin,
  context: KubeconfigContext,
  env: ProxyEnv,
): Record<string, string | undefined> {
  const added = Array.isArray(plugin.env)
    ? (plugin.env as readonly { name?: unknown; value?: unknown }[]).map(
        ({ name, value }) => [String(name), String(value ?? '')] as const,
      )
    : [];
  const { fields } = context.cluster;
  const info = {
    kind: 'ExecCredential',
    apiVersion: plugin.apiVersion ?? 'client.authentication.k8s.io/v1',
    spec: {
      interactive: false,
      ...(plugin.provideClusterInfo === true
        ? {
            cluster: {
              server: fields['server'],
              'certificate-authority-data': fields['certificate-authority-data'],
              config: clusterConfig(fields['extensions']),
            },
          }
        : {}),
    },
  };
  return { ...env, ...Object.fromEntries(added), KUBERNETES_EXEC_INFO: JSON.stringify(info) };
}

function clusterConfig(extensions: unknown): unknown {
  const list = Array.isArray(extensions)
    ? (extensions as readonly { name?: unknown; extension?: unknown }[])
    : [];
  return list.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension ?? null;
}

async function boundedText(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maxBodyBytes) {
      throw new DexchangeError('server_too_large', 'the API server answered more than 16 MiB');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parseDate(header: string | null): number | undefined {
  const timeMs = header === null ? Number.NaN : Date.parse(header);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function failure(error: unknown, server: string, deadline: Deadline): DexchangeError {
  if (error instanceof DexchangeError) return error;
  if (deadline.signal.aborted) {
    return new DexchangeError(
      'server_timeout',
      `${server} did not answer within ${deadline.totalMs / 1000} s`,
      { hint: '--timeout sets the deadline of the whole call', cause: error },
    );
  }
  const cause = (error as { cause?: unknown }).cause ?? error;
  const { code = '', message = '' } = cause as { code?: string; message?: string };
  if (/CERT|SIGNATURE|SELF_SIGNED|ERR_TLS|ALTNAME/.test(code)) {
    return new DexchangeError('server_tls', `${server}: its certificate is refused: ${code}`, {
      hint: 'see certificate-authority of the cluster entry in the kubeconfig',
      cause: error,
    });
  }
  const what = sanitize(code || message || 'unknown error', { maxChars: 100 });
  return new DexchangeError('server_unreachable', `${server} cannot be reached: ${what}`, {
    hint: "see the server of the context's cluster, and the proxy variables",
    cause: error,
  });
}
