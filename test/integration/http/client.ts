import { traceLines } from '../../../src/cli/trace-lines.ts';
import { DexchangeError } from '../../../src/errors.ts';
import type { HttpEvent } from '../../../src/http/event.ts';
import type { IncomingResponse, OutgoingRequest } from '../../../src/http/message.ts';
import { createDeadline } from '../../../src/platform/deadline.ts';
import {
  createHttp,
  type HttpDependencies,
  type HttpSettings,
} from '../../../src/platform/http/http.ts';

export interface Call extends Partial<HttpSettings>, Partial<Pick<HttpDependencies, 'limits'>> {
  readonly onEvent?: (event: HttpEvent) => void;
  readonly timeoutMs?: number;
  readonly request?: Partial<OutgoingRequest>;
}

export interface Outcome {
  readonly response?: IncomingResponse;
  readonly error?: DexchangeError;
  readonly events: readonly HttpEvent[];
  readonly debug: readonly string[];
  /** The number of attempts. */
  readonly attempts: number;
}

/** Sends one request with a new client; an error other than a DexchangeError fails the test. */
export async function call(url: string, options: Call = {}): Promise<Outcome> {
  const { timeoutMs = 20_000, request, limits, onEvent, ...settings } = options;
  const events: HttpEvent[] = [];
  const debug: string[] = [];
  const http = createHttp(
    {
      allowHttp: false,
      certificateAuthorityPem: [],
      insecureSkipTlsVerify: false,
      env: {},
      ...settings,
    },
    createDeadline(timeoutMs, performance),
    {
      now: Date.now,
      random: () => 0,
      userAgent: 'dexchange/test',
      trace: (event) => {
        debug.push(...traceLines(event));
        if (event.kind === 'request' || event.kind === 'answer') return;
        events.push(event);
        onEvent?.(event);
      },
      limits: { firstBackoffMs: 1, ...limits },
    },
  );
  const outcome = () => ({
    events,
    debug,
    attempts: events.filter(({ kind }) => kind === 'attempt').length,
  });
  try {
    const response = await http.send({ peer: 'dex', method: 'GET', url, headers: [], ...request });
    return { response, ...outcome() };
  } catch (error) {
    if (!(error instanceof DexchangeError) || error.code === 'bug') throw error;
    return { error, ...outcome() };
  } finally {
    await http.close();
  }
}
