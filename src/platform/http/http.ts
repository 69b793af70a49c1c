import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import Client from 'undici/lib/dispatcher/client.js';
import { DexchangeError } from '../../errors.ts';
import type { HttpEvent } from '../../http/event.ts';
import type { IncomingResponse, OutgoingRequest, Peer, Send } from '../../http/message.ts';
import type { Secret } from '../../secret.ts';
import type { Deadline } from '../deadline.ts';
import { type Lookups, openConnection, type Progress } from './connect.ts';
import { exchange } from './exchange.ts';
import { type Circumstances, deadlineFailure, describeFailure, inSeconds } from './failure.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { type HttpProxy, proxyFor } from './proxy.ts';
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
  /** For Dex only, as is its key. */
  readonly clientCertificatePem?: string;
  readonly clientKeyPem?: Secret;
  /** For Dex only. */
  readonly insecureSkipTlsVerify: boolean;
  /** The proxy variables are read here, never from process.env. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface HttpDependencies {
  /** Milliseconds since the epoch. */
  now(): number;
  /** From 0 to 1, for jitter. */
  random(): number;
  debug(line: string): void;
  observe?: (event: HttpEvent) => void;
  limits?: Partial<Limits>;
}

export interface Http {
  readonly send: Send;
  /** Drops all connections at once, the ones in use too. */
  close(): Promise<void>;
  /** Whether a resolver has not answered yet, which close() cannot change: see endDespiteLookup. */
  isLookingUp(): boolean;
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
    lookups: { pending: 0 },
  };
  return {
    isLookingUp: () => session.lookups.pending > 0,
    send: (request) => sendWithRetries(request, session),
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
  readonly lookups: Lookups;
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
  const proxy = proxyFor(url, settings.env);

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
    deps.observe?.({
      kind: 'failed',
      peer: request.peer,
      error: failure.error,
      ...(again ? { retryInMs: wait } : {}),
    });
    if (!again) throw failure.error;
    deps.debug(`${failure.error.message}; trying again in ${inSeconds(wait)}`);
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
  const at: Circumstances = { peer, url, proxy, progress, limits, attempt };
  deps.observe?.({
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
    const exchanged = exchange(line.client, request, url, absoluteForm, progress);
    const response = await within(deadline, exchanged, () => {
      // undici waits for the connector otherwise, and the connector for nobody.
      line.client.destroy(null).catch(() => {});
      return deadlineFailure(deadline.totalMs, at);
    });
    deps.observe?.({
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

  const { limits, trust, deadline, deps, lookups } = session;
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
          targetTrust: peer === 'idp' ? trust.others : trust.dex,
          proxy,
          proxyTrust: trust.others,
          limitMs: limits.connectMs,
          lookups,
          signal: deadline.signal,
        },
        line.progress,
      ).then(
        ({ socket, connection }) => {
          deps.observe?.({ kind: 'connected', peer, ...connection });
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
