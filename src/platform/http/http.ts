import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import Client from 'undici/lib/dispatcher/client.js';
import { DexchangeError } from '../../errors.ts';
import type { HttpEvent } from '../../http/event.ts';
import type { IncomingResponse, OutgoingRequest, Peer, Send } from '../../http/message.ts';
import type { Environment } from '../../ports.ts';
import type { Secret } from '../../secret.ts';
import type { Deadline } from '../deadline.ts';
import type { AttemptContext } from './attempt.ts';
import { type AttemptResult, checkResponse } from './check-response.ts';
import { openConnection } from './connect.ts';
import type { Progress } from './connect-failure.ts';
import { exchange, type PeerClient } from './exchange.ts';
import { deadlineFailure, describeFailure } from './failure.ts';
import { interimResponses } from './interim-responses.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { machineRoots } from './machine-roots.ts';
import { settingOfUrl } from './peer-names.ts';
import {
  forwardingProxy,
  givenProxy,
  type HttpProxy,
  ignoredProxyVariable,
  proxyFor,
} from './proxy.ts';
import { retryWaitMs, sleep } from './retry.ts';
import { createTrust, type TrustByPeer } from './tls.ts';
import { checkUrl, hostAndPort } from './url-rules.ts';

/** The settings of an HTTP client. */
export interface HttpSettings {
  readonly allowHttp: boolean;
  /** PEM of CAs that are trusted in addition to those of the system. */
  readonly certificateAuthorityPem: readonly string[];
  /** Trust only these CAs, if there are any. */
  readonly onlyGivenAuthorities?: boolean;
  /** Sent to the peers `dex` and `kubernetes` only. */
  readonly clientCertificatePem?: string | undefined;
  readonly clientKeyPem?: Secret | undefined;
  /** Applies to the peers `dex` and `kubernetes` only. */
  readonly insecureSkipTlsVerify: boolean;
  /** The source of the proxy variables, and of the variables that add trusted CAs. */
  readonly env: Environment;
  /** A proxy for every request; overrides the proxy variables and NO_PROXY. */
  readonly proxyUrl?: string | undefined;
  /** Replaces the host of the URL in SNI and in the verification of the certificate. */
  readonly tlsServerName?: string | undefined;
  /** Where a user corrects the URL; default: the setting of the peer. */
  readonly inSetting?: string;
}

/** What an HTTP client needs from the runtime. */
export interface HttpDependencies {
  /** Milliseconds since the epoch. */
  now(): number;
  /** A random number from 0 to 1, for jitter. */
  random(): number;
  /** Receives events as they happen; must neither throw nor block. */
  trace(event: HttpEvent): void;
  /** Value of the User-Agent header. */
  readonly userAgent: string;
  limits?: Partial<Limits>;
}

/** An HTTP client. */
export interface Http {
  readonly send: Send;
  /** Closes all connections immediately, including those in use. */
  close(): Promise<void>;
}

/**
 * Creates an HTTP client for all peers. Nothing is parsed or connected before the first `send`, which
 * retries transient failures, up to three attempts in total. Its errors are DexchangeErrors:
 * `server_redirect` for a redirect, `server_busy` for 429 and 502-504, those of checkUrl, proxyFor and
 * describeFailure, and `setting_invalid` for invalid TLS settings or headers.
 */
export function createHttp(
  settings: HttpSettings,
  deadline: Deadline,
  deps: HttpDependencies,
): Http {
  const session: Session = {
    settings,
    deadline,
    deps,
    limits: { ...defaultLimits, ...deps.limits },
    trust: createTrust(
      settings,
      machineRoots(settings.env, deadline.remainingMs, (text) =>
        deps.trace({ kind: 'note', text }),
      ),
    ),
    clients: new Map(),
  };
  return {
    async send(request) {
      deps.trace({ kind: 'request', request });
      const response = await sendWithRetries(request, session);
      deps.trace({ kind: 'answer', response });
      return response;
    },
    async close() {
      const clients = [...session.clients.values()];
      session.clients.clear();
      await Promise.all(clients.map(({ client }) => client.destroy(null)));
    },
  };
}

interface Session {
  readonly settings: HttpSettings;
  readonly deadline: Deadline;
  readonly deps: HttpDependencies;
  readonly limits: Limits;
  readonly trust: TrustByPeer;
  readonly clients: Map<string, PeerClient>;
}

/** The names of the URLs in errors. */
const urlNames: Readonly<Record<Peer, string>> = {
  dex: 'the URL of dex',
  idp: 'the URL of the identity provider',
  ci: 'the URL of the CI system',
  kubernetes: 'the URL of the Kubernetes API',
};

async function sendWithRetries(
  request: OutgoingRequest,
  session: Session,
): Promise<IncomingResponse> {
  const { deadline, deps, limits, settings } = session;
  const url = checkUrl(request.url, urlNames[request.peer], {
    allowHttp: settings.allowHttp,
    metadata: request.peer === 'ci',
  });
  checkHeaders(request);
  const proxy = selectProxy(url, session);

  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(request, url, proxy, attempt, session);
    if ('body' in outcome) return outcome;

    const { failure, retryAfterMs } = outcome;
    const waitMs = retryWaitMs(
      { attempt, retryable: failure.retryable, retryAfterMs },
      limits.firstBackoffMs,
      deps.random,
      deadline.remainingMs(),
    );
    deps.trace({
      kind: 'failed',
      peer: request.peer,
      error: failure.error,
      ...(waitMs === undefined ? {} : { retryInMs: waitMs }),
    });
    if (waitMs === undefined) throw failure.error;
    // At the deadline, throw the failure, because it is more specific than a timeout.
    await sleep(waitMs, deadline.signal).catch(() => {
      throw failure.error;
    });
  }
}

function selectProxy(url: URL, { settings, deps }: Session): HttpProxy | undefined {
  if (settings.proxyUrl !== undefined) {
    return givenProxy(settings.proxyUrl, 'proxy-url of the kubeconfig');
  }
  const ignored = ignoredProxyVariable(url, settings.env);
  if (ignored !== undefined) deps.trace({ kind: 'proxy-ignored', variable: ignored });
  return proxyFor(url, settings.env);
}

async function tryOnce(
  request: OutgoingRequest,
  url: URL,
  proxy: HttpProxy | undefined,
  attempt: number,
  session: Session,
): Promise<AttemptResult> {
  const { peer } = request;
  const { deps, deadline, limits } = session;
  const progress: Progress = { step: 'lookup', atProxy: proxy !== undefined };
  const { tlsServerName, inSetting = settingOfUrl[peer] } = session.settings;
  const about = { peer, url, inSetting, tlsServerName, proxy };
  const context: AttemptContext = { ...about, progress, limits, attempt };
  deps.trace({
    kind: 'attempt',
    peer,
    method: request.method,
    url: `${url.origin}${url.pathname}`,
    attempt,
    ...(proxy && { proxy: { host: hostAndPort(proxy.url), variable: proxy.variable } }),
  });
  try {
    if (deadline.signal.aborted) throw deadlineFailure(deadline.totalMs, context);
    const peerClient = clientFor(peer, url, proxy, session);
    peerClient.progress = progress;
    const forwarding = forwardingProxy(proxy, url);
    const absoluteForm = forwarding && { proxy: forwarding };
    const outgoing = {
      ...request,
      headers: [...request.headers, ['user-agent', deps.userAgent] as const],
    };
    const exchanged = exchange(peerClient, outgoing, url, absoluteForm);
    const response = await withDeadline(deadline, exchanged, () => {
      // Otherwise undici would wait for the connector.
      peerClient.client.destroy(null).catch(() => {});
      return deadlineFailure(deadline.totalMs, context);
    });
    deps.trace({
      kind: 'response',
      peer,
      status: response.status,
      firstByteMs: response.firstByteMs,
      totalMs: response.totalMs,
      bodyBytes: response.body.length,
      ...(response.headers['date'] === undefined ? {} : { date: response.headers['date'] }),
    });
    return checkResponse(response, request, context, deps.now(), deadline.remainingMs());
  } catch (thrown) {
    return { failure: describeFailure(thrown, context) };
  }
}

/** Rejects headers with line breaks, for example from a secret, which undici would not report. */
function checkHeaders(request: OutgoingRequest): void {
  for (const [name, value] of request.headers) {
    const text = typeof value === 'string' ? value : value.reveal();
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) continue;
    throw new DexchangeError(
      'setting_invalid',
      `the header ${name} contains a line break or another character that is not allowed`,
      { hint: 'check the token or secret that it is made from' },
    );
  }
}

function clientFor(
  peer: Peer,
  url: URL,
  proxy: HttpProxy | undefined,
  session: Session,
): PeerClient {
  const key = `${peer} ${url.origin}`;
  const existing = session.clients.get(key);
  if (existing !== undefined) return existing;

  const { limits, trust, deadline, deps, settings } = session;
  const responses = interimResponses();
  const client = new Client((forwardingProxy(proxy, url)?.url ?? url).origin, {
    allowH2: false,
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyIdleMs,
    maxResponseSize: peer === 'kubernetes' ? limits.kubernetesBodyBytes : limits.bodyBytes,
    connect: (_options, callback) => {
      openConnection(
        {
          target: url,
          targetTrust:
            peer === 'dex' || peer === 'kubernetes' ? trust.dexAndKubernetes : trust.others,
          tlsServerName: settings.tlsServerName,
          proxy,
          proxyTrust: trust.others,
          limitMs: limits.connectMs,
          signal: deadline.signal,
        },
        peerClient.progress,
      ).then(
        ({ socket, connection }) => {
          deps.trace({ kind: 'connected', peer, ...connection });
          responses.watch(socket);
          callback(null, socket as Socket & TLSSocket);
        },
        (failure) => callback(failure, null),
      );
    },
  });
  const progress: Progress = { step: 'lookup', atProxy: false };
  const peerClient: PeerClient = { client, progress, responses };
  session.clients.set(key, peerClient);
  return peerClient;
}

/** Settles like the promise; rejects with the result of `onTimeout` at the deadline. */
function withDeadline<T>(
  deadline: Deadline,
  promise: Promise<T>,
  onTimeout: () => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(onTimeout());
    deadline.signal.addEventListener('abort', onAbort, { once: true });
    promise
      .finally(() => deadline.signal.removeEventListener('abort', onAbort))
      .then(resolve, reject);
  });
}
