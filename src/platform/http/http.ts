import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import Client from 'undici/lib/dispatcher/client.js';
import { DexchangeError } from '../../errors.ts';
import type { HttpEvent } from '../../http/event.ts';
import type { IncomingResponse, OutgoingRequest, Peer, Send } from '../../http/message.ts';
import type { Environment } from '../../ports.ts';
import type { Secret } from '../../secret.ts';
import type { Deadline } from '../deadline.ts';
import { openConnection } from './connect.ts';
import type { Progress } from './connect-failure.ts';
import { exchange } from './exchange.ts';
import { type Circumstances, deadlineFailure, describeFailure } from './failure.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { givenProxy, type HttpProxy, proxyFor } from './proxy.ts';
import { backoffMs, jittered, maxAttempts, sleep } from './retry.ts';
import { createTrust, type TrustByPeer } from './tls.ts';
import { checkUrl, hostAndPort } from './url-rules.ts';
import { judge, type Verdict } from './verdict.ts';

export interface HttpSettings {
  readonly allowHttp: boolean;
  /** Added to the system's roots, never instead of them. */
  readonly certificateAuthorityPem: readonly string[];
  /** Trust those alone, if there are any. */
  readonly onlyGivenAuthorities?: boolean;
  /** For the peers `dex` and `kubernetes` only, as is its key. */
  readonly clientCertificatePem?: string | undefined;
  readonly clientKeyPem?: Secret | undefined;
  /** For the peers `dex` and `kubernetes` only. */
  readonly insecureSkipTlsVerify: boolean;
  /** The proxy variables are read here, never from process.env. */
  readonly env: Environment;
  /** A proxy for every request, instead of the variables, NO_PROXY included. */
  readonly proxyUrl?: string | undefined;
  /** Sent as SNI and looked for in the certificate, instead of the host of the URL. */
  readonly tlsServerName?: string | undefined;
}

export interface HttpDependencies {
  /** Milliseconds since the epoch. */
  now(): number;
  /** From 0 to 1, for jitter. */
  random(): number;
  /** Takes events as they happen; must neither throw nor wait. */
  trace(event: HttpEvent): void;
  /** Value of the User-Agent header. */
  readonly userAgent: string;
  limits?: Partial<Limits>;
}

export interface Http {
  readonly send: Send;
  /** Drops all connections at once, the ones in use too. */
  close(): Promise<void>;
}

/**
 * The way to Dex and the identity provider. `send` gives every response that is neither a redirect
 * (`server_redirect`) nor, after three attempts, 429 or 502-504 (`server_busy`); it throws what
 * checkUrl, proxyFor and describeFailure throw, and `setting_invalid` for unusable TLS settings or
 * a header that cannot be sent. Before the first `send` no certificate is read, nothing connected.
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
    trust: createTrust(settings),
    lines: new Map(),
  };
  return {
    async send(request) {
      deps.trace({ kind: 'request', request });
      const response = await sendWithRetries(request, session);
      deps.trace({ kind: 'answer', response });
      return response;
    },
    async close() {
      const lines = [...session.lines.values()];
      session.lines.clear();
      await Promise.all(lines.map((line) => line.client.destroy(null)));
    },
  };
}

interface Session {
  readonly settings: HttpSettings;
  readonly deadline: Deadline;
  readonly deps: HttpDependencies;
  readonly limits: Limits;
  readonly trust: TrustByPeer;
  readonly lines: Map<string, Line>;
}

/** One undici client, which keeps one connection to one origin, for one kind of peer. */
interface Line {
  readonly client: InstanceType<typeof Client>;
  /** Of the attempt that uses it; each sets its own before it starts. */
  progress: Progress;
}

/** What a URL is called when it cannot be used. */
const urlNames: Readonly<Record<Peer, string>> = {
  dex: 'the URL of dex',
  idp: "the identity provider's URL",
  ci: "the CI system's URL",
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
  const proxy =
    settings.proxyUrl === undefined
      ? proxyFor(url, settings.env)
      : givenProxy(settings.proxyUrl, 'proxy-url of the kubeconfig');

  for (let attempt = 1; ; attempt++) {
    const outcome = await tryOnce(request, url, proxy, attempt, session);
    if ('body' in outcome) return outcome;

    const { failure, retryAfterMs } = outcome;
    const wait =
      retryAfterMs === undefined
        ? backoffMs(attempt, limits.firstBackoffMs, deps.random)
        : jittered(retryAfterMs, deps.random);
    const inTime = wait < deadline.remainingMs();
    const again = failure.retryable && attempt < maxAttempts && inTime;
    deps.trace({
      kind: 'failed',
      peer: request.peer,
      error: failure.error,
      ...(again ? { retryInMs: wait } : {}),
    });
    if (!again) throw failure.error;
    // If the time is up meanwhile, the failure says more than the timeout would.
    await sleep(wait, deadline.signal).catch(() => {
      throw failure.error;
    });
  }
}

async function tryOnce(
  request: OutgoingRequest,
  url: URL,
  proxy: HttpProxy | undefined,
  attempt: number,
  session: Session,
): Promise<Verdict> {
  const { peer } = request;
  const { deps, deadline, limits } = session;
  const progress: Progress = { step: 'lookup', atProxy: proxy !== undefined };
  const { tlsServerName } = session.settings;
  const at: Circumstances = { peer, url, tlsServerName, proxy, progress, limits, attempt };
  deps.trace({
    kind: 'attempt',
    peer,
    method: request.method,
    url: `${url.origin}${url.pathname}`,
    attempt,
    ...(proxy && { proxy: { host: hostAndPort(proxy.url), variable: proxy.variable } }),
  });
  try {
    if (deadline.signal.aborted) throw deadlineFailure(deadline.totalMs, at);
    const line = lineTo(peer, url, proxy, session);
    line.progress = progress;
    const absoluteForm = proxy !== undefined && url.protocol === 'http:' ? { proxy } : undefined;
    const sent = {
      ...request,
      headers: [...request.headers, ['user-agent', deps.userAgent] as const],
    };
    const exchanged = exchange(line.client, sent, url, absoluteForm, progress);
    const response = await within(deadline, exchanged, () => {
      // undici waits for the connector otherwise, and the connector for nobody.
      line.client.destroy(null).catch(() => {});
      return deadlineFailure(deadline.totalMs, at);
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
    return judge(response, request, at, deps.now(), deadline.remainingMs());
  } catch (thrown) {
    return { failure: describeFailure(thrown, at) };
  }
}

/** A header made of a secret with a line break in it would otherwise fail without a word. */
function checkHeaders(request: OutgoingRequest): void {
  for (const [name, value] of request.headers) {
    const text = typeof value === 'string' ? value : value.reveal();
    if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) continue;
    throw new DexchangeError(
      'setting_invalid',
      `the header ${name} cannot be sent: it holds a line break or another character that is not allowed`,
      { hint: 'look at the token or secret that it is made of' },
    );
  }
}

function lineTo(peer: Peer, url: URL, proxy: HttpProxy | undefined, session: Session): Line {
  const key = `${peer} ${url.origin}`;
  const existing = session.lines.get(key);
  if (existing !== undefined) return existing;

  const { limits, trust, deadline, deps, settings } = session;
  const plainThroughProxy = proxy !== undefined && url.protocol === 'http:';
  const client = new Client(plainThroughProxy ? proxy.url.origin : url.origin, {
    allowH2: false,
    headersTimeout: limits.headersMs,
    bodyTimeout: limits.bodyIdleMs,
    maxResponseSize: limits.bodyBytes,
    connect: (_options, callback) => {
      openConnection(
        {
          target: url,
          targetTrust: peer === 'dex' || peer === 'kubernetes' ? trust.given : trust.others,
          tlsServerName: settings.tlsServerName,
          proxy,
          proxyTrust: trust.others,
          limitMs: limits.connectMs,
          signal: deadline.signal,
        },
        line.progress,
      ).then(
        ({ socket, connection }) => {
          deps.trace({ kind: 'connected', peer, ...connection });
          callback(null, socket as Socket & TLSSocket);
        },
        (failure) => callback(failure, null),
      );
    },
  });
  const line: Line = { client, progress: { step: 'lookup', atProxy: false } };
  session.lines.set(key, line);
  return line;
}

/** The promise's outcome, or what `onTimeout` gives as soon as the deadline is over. */
function within<T>(deadline: Deadline, promise: Promise<T>, onTimeout: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(onTimeout());
    deadline.signal.addEventListener('abort', onAbort, { once: true });
    promise
      .finally(() => deadline.signal.removeEventListener('abort', onAbort))
      .then(resolve, reject);
  });
}
