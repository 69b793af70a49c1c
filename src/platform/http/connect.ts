import { X509Certificate } from 'node:crypto';
import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net';
import { checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';
import { classifyTlsError } from '../../http/tls-error.ts';
import { uptimeMs } from '../machine.ts';
import {
  ConnectFailure,
  errorCode,
  type Progress,
  type RejectedCertificate,
} from './connect-failure.ts';
import { forwardingProxy, type HttpProxy } from './proxy.ts';
import { openSocks } from './socks.ts';
import { connectTls, type Trust } from './tls.ts';
import { openTunnel } from './tunnel.ts';
import { bareHost, portOf } from './url-rules.ts';

/** The number of running name lookups, which continue after their connections: see endProcess. */
let lookups = 0;

/** Whether a name lookup is still running; closing a connection does not stop it. */
export function isLookingUp(): boolean {
  return lookups > 0;
}

/** The durations of the steps of connecting, in milliseconds. */
export interface ConnectionTimes {
  lookupMs?: number;
  connectMs?: number;
  proxyMs?: number;
  tlsMs?: number;
}

/** The facts about an open connection. */
export interface Connection {
  readonly times: ConnectionTimes;
  /** The address of the peer: the proxy's, if there is one. */
  readonly address: string | undefined;
  readonly tlsVersion: string | undefined;
}

/** The parameters of openConnection. */
export interface ConnectOptions {
  readonly target: URL;
  readonly targetTrust: Trust;
  readonly proxy: HttpProxy | undefined;
  readonly proxyTrust: Trust;
  /** Replaces the target's host in SNI and in the verification of the certificate. */
  readonly tlsServerName: string | undefined;
  /** The limit for connecting. */
  readonly limitMs: number;
  /** The deadline of the whole call. */
  readonly signal: AbortSignal;
}

/**
 * Connects to the target directly or through the proxy. Through a proxy, https uses CONNECT
 * (RFC 9110, 9.3.6); for http the connection ends at the proxy, which expects absolute-form requests.
 * A SOCKS proxy opens a tunnel for both.
 * @throws ConnectFailure
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
    const socket = await openWithFallback(options, limit.signal, progress, times);
    const address = socket.remoteAddress;
    const tlsVersion = 'getProtocol' in socket ? (socket as TLSSocket).getProtocol() : undefined;
    return { socket, connection: { times, address, tlsVersion: tlsVersion ?? undefined } };
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener('abort', onAbort);
  }
}

/** Connects with the quick trust, then with the full one if the quick one lacks the issuer. */
async function openWithFallback(
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
    const trust = thrown.atProxy ? options.proxyTrust : options.targetTrust;
    if (trust.isFullLoaded) throw thrown;
    trust.context('full');
    return openWithFallback(options, signal, progress, times);
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
  if (forwardingProxy(proxy, target) !== undefined) return toProxy;
  progress.step = 'proxy';
  const startedAt = uptimeMs();
  const open = proxy.url.protocol === 'socks5:' ? openSocks : openTunnel;
  const tunnel = await open(toProxy, proxy, target, signal, progress);
  times.proxyMs = uptimeMs() - startedAt;
  progress.atProxy = false;
  if (!secure) return tunnel;
  const through = { url: target, trust: options.targetTrust, tunnel, serverName };
  return openSocket(through, signal, progress, times);
}

interface Endpoint {
  readonly url: URL;
  readonly trust: Trust | undefined;
  readonly tunnel?: Socket;
  /** Replaces the host in SNI and in the verification of the certificate. */
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
    const startedAt = uptimeMs();
    let connectedAt = startedAt;
    let certificate: RejectedCertificate | undefined;
    progress.step = tunnel !== undefined ? 'tls' : isIP(host) === 0 ? 'lookup' : 'connect';

    const tcp = {
      host,
      port: portOf(url),
      lookup: host === 'localhost' ? localhostLookup : countedLookup,
    };
    // Node tries the addresses of a name in turn, IPv6 and IPv4 (autoSelectFamily, RFC 8305).
    const socket = trust === undefined ? netConnect(tcp) : connectTls({ ...tcp, ...tlsOptions() });

    function tlsOptions() {
      return {
        // A literal address must not be sent as SNI (RFC 6066, 3), but Node still verifies it.
        servername: isIP(name) === 0 ? name : '',
        checkServerIdentity: (_host: string, peer: PeerCertificate) => checkIdentity(name, peer),
        secureContext: trust?.context(trust.isFullLoaded ? 'full' : 'quick'),
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
    // Not removed after connecting; undici adds its own listener for later errors.
    socket.on('error', settle);
    socket.once('lookup', (error) => {
      if (error) return;
      times.lookupMs = uptimeMs() - startedAt;
      progress.step = 'connect';
    });
    if (tunnel === undefined) {
      socket.once('connect', () => {
        connectedAt = uptimeMs();
        times.connectMs = connectedAt - startedAt - (times.lookupMs ?? 0);
        if (trust === undefined) settle(undefined);
        else progress.step = 'tls';
      });
    }
    if (trust !== undefined) {
      // Before Node verifies the certificate, because a failure destroys the socket.
      socket.prependOnceListener('secure', () => {
        certificate = certificateFacts((socket as TLSSocket).getPeerCertificate(false));
      });
      socket.once('secureConnect', () => {
        times.tlsMs = uptimeMs() - connectedAt;
        settle(undefined);
      });
    }
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

const countedLookup: LookupFunction = (host, options, callback) => {
  lookups += 1;
  systemLookup(host, options, (...answer) => {
    lookups -= 1;
    callback(...answer);
  });
};

/** Resolves `localhost` without a resolver: see isLoopback. */
const localhostLookup: LookupFunction = (_host, options, callback) => {
  const both = [
    { address: '127.0.0.1', family: 4 },
    { address: '::1', family: 6 },
  ];
  // In a later tick, like a resolver, because the socket is still being set up.
  process.nextTick(() => {
    if (options.all === true) callback(null, both);
    else callback(null, '127.0.0.1', 4);
  });
};

/**
 * Verifies that a certificate is for a name or address. Unlike Node, and like Go, does not accept the
 * common name instead of a name in subjectAltName (RFC 9525, 2).
 */
function checkIdentity(name: string, peer: PeerCertificate): Error | undefined {
  if (isIP(name) !== 0 || /(?:^|, )DNS:/.test(peer.subjectaltname ?? '')) {
    const problem = checkServerIdentity(name, peer);
    // Node 24.18 and 24.19 find no IPv6 address in a certificate; OpenSSL does.
    const isFound = problem && isIP(name) === 6 && new X509Certificate(peer.raw).checkIP(name);
    return isFound ? undefined : problem;
  }
  const code = 'ERR_TLS_CERT_ALTNAME_INVALID';
  return Object.assign(new Error('the certificate contains no DNS name'), { code });
}

function certificateFacts(
  certificate: PeerCertificate | undefined,
): RejectedCertificate | undefined {
  if (certificate === undefined || Object.keys(certificate).length === 0) return undefined;
  return {
    subject: firstValue(certificate.subject?.CN),
    issuer: firstValue(certificate.issuer?.CN ?? certificate.issuer?.O),
    names: certificate.subjectaltname,
    validFrom: certificate.valid_from,
    validTo: certificate.valid_to,
  };
}

function firstValue(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
