import { lookup as askResolver } from 'node:dns';
import { isIP, type LookupFunction, connect as netConnect, type Socket } from 'node:net';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import Client from 'undici/lib/dispatcher/client.js';
import type { HttpProxy } from './proxy.ts';
import { connectTls, isIssuerUnknown, type Trust } from './tls.ts';
import { bareHost, portOf } from './url-rules.ts';

/** What a request is waiting for, in the order in which it happens. */
export type Step = 'lookup' | 'connect' | 'proxy' | 'tls' | 'headers' | 'body';

/** Where the current attempt stands; written by whoever does the step. */
export interface Progress {
  step: Step;
  /** Whether the step concerns the proxy itself rather than the server behind it. */
  atProxy: boolean;
}

/** How many names are being looked up; outlives the connections that asked, see endDespiteLookup. */
export interface Lookups {
  pending: number;
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

/** The dates, names and issuer of a certificate that was refused. */
export interface RefusedCertificate {
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly names: string | undefined;
  readonly validFrom: string | undefined;
  readonly validTo: string | undefined;
}

/** A connection that did not come about. undici hands it through unchanged. */
export class ConnectFailure extends Error {
  readonly step: Step;
  readonly atProxy: boolean;
  /** Of the system, OpenSSL or undici; `TIMEOUT` if the limit for connecting was reached. */
  readonly reason: string | undefined;
  readonly certificate: RefusedCertificate | undefined;
  /** What the proxy answered to CONNECT. */
  readonly proxyStatus: number | undefined;

  constructor(
    progress: Progress,
    details: {
      reason?: string | undefined;
      certificate?: RefusedCertificate | undefined;
      proxyStatus?: number;
      cause?: unknown;
    },
  ) {
    super('connection failed', { cause: details.cause });
    this.step = progress.step;
    this.atProxy = progress.atProxy;
    this.reason = details.reason;
    this.certificate = details.certificate;
    this.proxyStatus = details.proxyStatus;
  }
}

export interface ConnectOptions {
  readonly target: URL;
  readonly targetTrust: Trust;
  readonly proxy: HttpProxy | undefined;
  readonly proxyTrust: Trust;
  readonly limitMs: number;
  readonly lookups: Lookups;
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
    if (!(thrown instanceof ConnectFailure) || !isIssuerUnknown(thrown.reason)) throw thrown;
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
  const lookup = counting(options.lookups);
  const secure = target.protocol === 'https:';
  if (proxy === undefined) {
    progress.atProxy = false;
    const trust = secure ? options.targetTrust : undefined;
    return openSocket({ url: target, lookup, trust }, signal, progress, times);
  }
  progress.atProxy = true;
  const proxyTrust = proxy.url.protocol === 'https:' ? options.proxyTrust : undefined;
  const toProxy = await openSocket(
    { url: proxy.url, lookup, trust: proxyTrust },
    signal,
    progress,
    times,
  );
  if (!secure) return toProxy;
  progress.step = 'proxy';
  const startedAt = performance.now();
  const tunnel = await openTunnel(toProxy, proxy, target, signal, progress);
  times.proxyMs = performance.now() - startedAt;
  progress.atProxy = false;
  const through = { url: target, lookup, trust: options.targetTrust, tunnel };
  return openSocket(through, signal, progress, times);
}

interface Endpoint {
  readonly url: URL;
  readonly lookup: LookupFunction;
  readonly trust: Trust | undefined;
  readonly tunnel?: Socket;
}

function openSocket(
  { url, lookup, trust, tunnel }: Endpoint,
  signal: AbortSignal,
  progress: Progress,
  times: ConnectionTimes,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const host = bareHost(url);
    const startedAt = performance.now();
    let connectedAt = startedAt;
    let certificate: RefusedCertificate | undefined;
    progress.step = tunnel !== undefined ? 'tls' : isIP(host) === 0 ? 'lookup' : 'connect';

    const tcp = { host, port: portOf(url), lookup: host === 'localhost' ? loopback : lookup };
    // Node tries the addresses of a name in turn, IPv6 and IPv4 (autoSelectFamily, RFC 8305).
    const socket = trust === undefined ? netConnect(tcp) : connectTls({ ...tcp, ...tlsOptions() });

    function tlsOptions() {
      return {
        // A literal address must not be sent as SNI (RFC 6066, 3); it is verified all the same.
        servername: isIP(host) === 0 ? host : '',
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

function counting(lookups: Lookups): LookupFunction {
  return (host, options, callback) => {
    lookups.pending += 1;
    askResolver(host, options, (...answer) => {
      lookups.pending -= 1;
      callback(...answer);
    });
  };
}

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

/**
 * undici's ProxyAgent hides the status of a refusal in a message and needs undici's index; its
 * Client does CONNECT as well.
 */
function openTunnel(
  toProxy: Socket,
  proxy: HttpProxy,
  target: URL,
  signal: AbortSignal,
  progress: Progress,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const authority = `${target.hostname}:${portOf(target)}`;
    const client = new Client(proxy.url.origin, {
      allowH2: false,
      // In a later tick: undici overlooks a connection that is there at once.
      connect: (_options, callback) => process.nextTick(() => callback(null, toProxy as TLSSocket)),
    });
    function fail(details: { reason?: string | undefined; proxyStatus?: number; cause?: unknown }) {
      signal.removeEventListener('abort', onAbort);
      toProxy.destroy();
      client.destroy(null).catch(() => {});
      reject(new ConnectFailure(progress, details));
    }
    const onAbort = () => fail({ reason: 'TIMEOUT' });
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    client.dispatch(
      {
        method: 'CONNECT',
        path: authority,
        headers: {
          host: authority,
          ...(proxy.authorization ? { 'proxy-authorization': proxy.authorization.reveal() } : {}),
        },
        // The limit of the whole connection stands above it.
        headersTimeout: 0,
      },
      {
        onRequestStart() {},
        onRequestUpgrade(_controller, status, _headers, socket) {
          if (status < 200 || status > 299) {
            fail({ proxyStatus: status });
            return;
          }
          signal.removeEventListener('abort', onAbort);
          resolve(socket as Socket);
        },
        onResponseError(_controller, error) {
          fail({ reason: signal.aborted ? 'TIMEOUT' : errorCode(error), cause: error });
        },
      },
    );
  });
}

/** The code of a system, OpenSSL or undici error; the first one's where several addresses failed. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError && error.errors.length > 0) {
    const codes = error.errors.map((each: unknown) => errorCode(each));
    // An address of a family that this machine has no route for says nothing about the server.
    return codes.find((code) => code !== 'ENETUNREACH' && code !== 'EADDRNOTAVAIL') ?? codes[0];
  }
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

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
