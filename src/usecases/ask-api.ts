import type { Send } from '../http/message.ts';
import type { ApiTarget } from '../kubernetes/client/connection.ts';
import type { ChannelSettings, OpenChannel } from './http-channel.ts';
import type { Observe } from './trace-event.ts';

/**
 * Runs requests against an API server over a channel of its own, and closes it.
 * @param timeoutMs for all of them together
 * @throws what `ask` throws
 */
export async function withApi<T>(
  target: ApiTarget,
  env: ChannelSettings['env'],
  timeoutMs: number,
  open: OpenChannel,
  ask: (send: Send) => Promise<T>,
  observe?: Observe,
): Promise<T> {
  const { certificateAuthorityPem: authority, proxyUrl } = target;
  const channel = open(
    {
      certificateAuthorityPem: authority === undefined ? [] : [authority],
      onlyGivenAuthorities: target.onlyGivenAuthorities,
      insecureSkipTlsVerify: target.insecureSkipTlsVerify,
      clientCertificatePem: target.clientCertificatePem,
      clientKeyPem: target.clientKeyPem,
      allowHttp: false,
      // The cluster's own proxy stands for the variables, NO_PROXY included, as in client-go.
      env: proxyUrl === undefined ? env : { https_proxy: proxyUrl, http_proxy: proxyUrl },
      timeoutMs,
    },
    observe,
  );
  try {
    return await ask(channel.send);
  } finally {
    await channel.close();
  }
}
