import type { HttpEvent } from '../../http/event.ts';
import type { Channel, ChannelSettings, Environment, Runtime } from '../../ports.ts';
import { quoteId } from '../../sanitize.ts';
import type { KubeconfigContext } from '../kubeconfig/context.ts';
import type { KubernetesApi } from './api.ts';
import { kubernetesApi, type RequestIdentity } from './client.ts';
import { type Connection, connectionOf, kubeconfigFileReader, requireHttps } from './connection.ts';
import { type ContextCredential, contextCredential } from './credential.ts';
import type { PluginPorts } from './exec-plugin.ts';
import { pluginError } from './plugin-failure.ts';

/** Opens a channel to one server; `trace` receives its events. */
export type OpenChannel = (
  settings: ChannelSettings,
  trace?: (event: HttpEvent) => void,
) => Channel;

/** What connecting to the API of a context needs from the runtime. */
export interface ConnectPorts extends Pick<Runtime, 'readTextFile'> {
  readonly env: Environment;
  readonly openChannel: OpenChannel;
  /** See PluginPorts; ends at the deadline of the call. */
  runCommand(command: readonly string[], env: Environment, time: CallTime): Promise<string>;
}

/** The deadlines of a call in milliseconds. */
export interface CallTime {
  /** From the start of the process. */
  readonly timeoutMs: number;
  /** What is left of a shorter deadline when it is called. */
  atMostMs?(): number;
}

/** The API of a context, and the credential for it. */
export interface ConnectedContext {
  readonly api: KubernetesApi;
  readonly credential: ContextCredential;
}

/**
 * Connects to the API server of a kubeconfig context with any kind of credential. Sends nothing
 * before the first request, but runs the exec plugin.
 * @throws DexchangeError kubeconfig_invalid, kubeconfig_unreadable, url_insecure
 */
export async function connectContext(
  context: KubeconfigContext,
  time: CallTime,
  ports: ConnectPorts,
): Promise<ConnectedContext> {
  const readFile = kubeconfigFileReader(ports.readTextFile, time.timeoutMs);
  const name = `context ${quoteId(context.name, 80)}`;
  requireHttps(context.cluster.server, name);
  const configured = connectionOf(context.cluster, context.user, name, readFile);
  const plugins: PluginPorts = {
    env: ports.env,
    runCommand: (command, env) => ports.runCommand(command, env, time),
  };
  const { credential, connection } = await contextCredential(
    context,
    configured,
    readFile,
    plugins,
  );
  const identity = {
    authorization: credential.authorization,
    impersonate: context.user.impersonate,
  };
  return { credential, api: openApi(connection, context.name, identity, time, ports) };
}

/**
 * Uses the API of a context and closes its connections afterwards. If a plugin fails that is dexchange,
 * the error is that of the plugin.
 * @param use its result is returned
 * @throws DexchangeError those of `connectContext`, of get-token and of `use`
 */
export async function withContextApi<T>(
  context: KubeconfigContext,
  time: CallTime,
  ports: ConnectPorts,
  use: (api: KubernetesApi) => Promise<T>,
): Promise<T> {
  const { api } = await connectContext(context, time, ports).catch((error: unknown) => {
    throw pluginError(error) ?? error;
  });
  try {
    return await use(api);
  } finally {
    await api.close();
  }
}

/** Creates a client of the API of a connection, with a given credential. */
export function openApi(
  connection: Connection,
  context: string,
  identity: RequestIdentity,
  time: CallTime,
  ports: Pick<ConnectPorts, 'env' | 'openChannel'> & { trace?: (event: HttpEvent) => void },
): KubernetesApi {
  const { server, certificateAuthorityPem: authority, ...rest } = connection;
  const channel = ports.openChannel(
    {
      ...rest,
      certificateAuthorityPem: authority === undefined ? [] : [authority],
      allowHttp: false,
      env: ports.env,
      timeoutMs: time.timeoutMs,
      atMostMs: time.atMostMs?.(),
    },
    ports.trace,
  );
  return kubernetesApi(server, context, identity, channel);
}
