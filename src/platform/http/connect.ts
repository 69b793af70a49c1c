import { lookup as askResolver } from 'node:dns';
import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net';
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';
import { classifyTlsError } from '../../http/tls-error.ts';
import {
  ConnectFailure,
  errorCode,
  type Progress,
  type RefusedCertificate,
} from './connect-failure.ts';
import type { HttpProxy } from './proxy.ts';
import { connectTls, type Trust } from './tls.ts';
import { openTunnel } from './tunnel.ts';
import { bareHost, portOf } from './url-rules.ts';

/** How many names are being looked up. They outlive the connections that asked: see endProcess. */
let lookups = 0;

/** Whether a resolver has not answered yet, which closing a connection does not change. */
export function isLookingUp(): boolean {
  return lookups > 0;
}

/** How long the steps of making a connection took, in milliseconds, as far as there were any. */
export interface ConnectionTimes {
  lookupMs?: number;
  connectMs?: number;
  proxyMs?: number;
  tlsMs?: number;
}

export interface Connection {
  readonly times: ConnectionTimes;
  /** The address reached: the proxy's, if there is one. */
  readonly address: string | undefined;
  readonly tlsVersion: string | undefined;
}

export interface ConnectOptions {
  readonly target: URL;
  readonly targetTrust: Trust;
  readonly proxy: HttpProxy | undefined;
  readonly proxyTrust: Trust;
  /** Sent as SNI and looked for in the certificate instead of the target's host. */
  readonly tlsServerName: string | undefined;
  readonly limitMs: number;
  /** Of the whole call. */
  readonly signal: AbortSignal;
}

/**
 * Connects to the target, or through the proxy: by CONNECT for https (RFC 9110, 9.3.6), and merely
 * to the proxy for http, which then wants absolute-form requests. Throws a ConnectFailure.
 */
export async function openConnection(
  options: ConnectOptions,
  progress: Progress,
): Promise<{ socket: Socket; connection: Connection }> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), options.limitMs);
  const onAbort = () => limit.abort();
  options.signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (options.signal.aborted) limit.abort();
    const times: ConnectionTimes = {};
    const socket = await openSecure(options, limit.signal, progress, times);
    const address = socket.remoteAddress;
    const tlsVersion = 'getProtocol' in socket ? (socket as TLSSocket).getProtocol() : undefined;
    return { socket, connection: { times, address, tlsVersion: tlsVersion ?? undefined } };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', onAbort);
  }
}

/** Takes a second way with the full trust, if the quick one does not know the issuer. */
async function openSecure(
  options: ConnectOptions,
  signal: AbortSignal,
  progress: Progress,
  times: ConnectionTimes,
): Promise<Socket> {
  try {
    return await openOnce(options, signal, progress, times);
  } catch (thrown) {
    if (!(thrown instanceof ConnectFailure) || classifyTlsError(thrown.reason) !== 'issuer-unknown')
      throw thrown;
    const refused = thrown.atProxy ? options.proxyTrust : options.targetTrust;
    if (refused.fullIsLoaded) throw thrown;
    refused.context('full');
    return openSecure(options, signal, progress, times);
  }
}

async function openOnce(
  options: ConnectOptions,
  signal: AbortSignal,
  progress: Progress,
  times: ConnectionTimes,
): Promise<Socket> {
  const { target, proxy } = options;
  const serverName = options.tlsServerName;
  const secure = target.protocol === 'https:';
  if (proxy === undefined) {
    progress.atProxy = false;
    const trust = secure ? options.targetTrust : undefined;
    return openSocket({ url: target, trust, serverName }, signal, progress, times);
  }
  progress.atProxy = true;
  const proxyTrust = proxy.url.protocol === 'https:' ? options.proxyTrust : undefined;
  const toProxy = await openSocket({ url: proxy.url, trust: proxyTrust }, signal, progress, times);
  if (!secure) return toProxy;
  progress.step = 'proxy';
  const startedAt = performance.now();
  const tunnel = await openTunnel(toProxy, proxy, target, signal, progress);
  times.proxyMs = performance.now() - startedAt;
  progress.atProxy = false;
  const through = { url: target, trust: options.targetTrust, tunnel, serverName };
  return openSocket(through, signal, progress, times);
}

interface Endpoint {
  readonly url: URL;
  readonly trust: Trust | undefined;
  readonly tunnel?: Socket;
  /** Instead of the host, for SNI and the certificate. */
  readonly serverName?: string | undefined;
}

function openSocket(
  { url, trust, tunnel, serverName }: Endpoint,
  signal: AbortSignal,
  progress: Progress,
  times: ConnectionTimes,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const host = bareHost(url);
    const name = serverName ?? host;
    const startedAt = performance.now();
    let connectedAt = startedAt;
    let certificate: RefusedCertificate | undefined;
    progress.step = tunnel !== undefined ? 'tls' : isIP(host) === 0 ? 'lookup' : 'connect';

    const tcp = {
      host,
      port: portOf(url),
      lookup: host === 'localhost' ? loopback : countedLookup,
    };
    // Node tries the addresses of a name in turn, IPv6 and IPv4 (autoSelectFamily, RFC 8305).
    const socket = trust === undefined ? netConnect(tcp) : connectTls({ ...tcp, ...tlsOptions() });

    function tlsOptions() {
      return {
        // A literal address must not be sent as SNI (RFC 6066, 3); it is verified all the same.
        servername: isIP(name) === 0 ? name : '',
        ...(serverName === undefined
          ? {}
          : {
              checkServerIdentity: (_host: string, peer: PeerCertificate) =>
                checkServerIdentity(serverName, peer),
            }),
        secureContext: trust?.context(trust.fullIsLoaded ? 'full' : 'quick'),
        rejectUnauthorized: trust?.verify !== false,
        minVersion: 'TLSv1.2' as const,
        ALPNProtocols: ['http/1.1'],
        ...(tunnel === undefined ? {} : { socket: tunnel }),
      };
    }
    function settle(failure: unknown) {
      signal.removeEventListener('abort', onAbort);
      if (failure === undefined) {
        resolve(socket);
        return;
      }
      socket.destroy();
      tunnel?.destroy();
      const reason = signal.aborted ? 'TIMEOUT' : errorCode(failure);
      reject(new ConnectFailure(progress, { reason, certificate, cause: failure }));
    }
    const onAbort = () => settle(signal.reason);

    socket.setNoDelay(true);
    // Stays: an error after the connection is made reaches undici by its own listener.
    socket.on('error', settle);
    socket.once('lookup', (error) => {
      if (error) return;
      times.lookupMs = performance.now() - startedAt;
      progress.step = 'connect';
    });
    if (tunnel === undefined) {
      socket.once('connect', () => {
        connectedAt = performance.now();
        times.connectMs = connectedAt - startedAt - (times.lookupMs ?? 0);
        if (trust === undefined) settle(undefined);
        else progress.step = 'tls';
      });
    }
    if (trust !== undefined) {
      // Runs before Node verifies, which destroys the socket and its certificate with it.
      socket.prependOnceListener('secure', () => {
        certificate = describe((socket as TLSSocket).getPeerCertificate(false));
      });
      socket.once('secureConnect', () => {
        times.tlsMs = performance.now() - connectedAt;
        settle(undefined);
      });
    }
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

const countedLookup: LookupFunction = (host, options, callback) => {
  lookups += 1;
  askResolver(host, options, (...answer) => {
    lookups -= 1;
    callback(...answer);
  });
};

/** Answers for `localhost` without asking a resolver: see isLoopback. */
const loopback: LookupFunction = (_host, options, callback) => {
  const both = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  // In a later tick, as a resolver would: the socket is still being set up.
  process.nextTick(() => {
    if (options.all === true) callback(null, both);
    else callback(null, '127.0.0.1', 4);
  });
};

function describe(certificate: PeerCertificate | undefined): RefusedCertificate | undefined {
  if (certificate === undefined || Object.keys(certificate).length === 0) return undefined;
  return {
    subject: text(certificate.subject?.CN),
    issuer: text(certificate.issuer?.CN ?? certificate.issuer?.O),
    names: certificate.subjectaltname,
    validFrom: certificate.valid_from,
    validTo: certificate.valid_to,
  };
}

function text(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
