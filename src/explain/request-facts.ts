import type { HttpEvent } from '../http/event.ts';
import { jsonObject, textField } from '../http/json-body.ts';
import { sanitize } from '../sanitize.ts';
import { type CurlTrust, curlCommand } from './curl.ts';
import { displayUrl, reportTextLimit } from './display.ts';
import type { AttemptFacts, ClockFacts, RequestFacts } from './report.ts';
import type { Traffic } from './run-record.ts';

/** Describes a request for a report: curl command, timing of each attempt, response. */
export function requestFacts(traffic: Traffic, trust: CurlTrust): RequestFacts {
  const { request, response, events } = traffic;
  const body = response === undefined ? undefined : jsonObject(response);
  const field = (name: string): string | null => {
    const text = body === undefined ? undefined : textField(body, name);
    return text === undefined ? null : sanitize(text, { maxChars: reportTextLimit });
  };
  const status = response?.status ?? lastStatus(events);
  return {
    method: request.method,
    url: displayUrl(request.url),
    curl: curlCommand(request, trust),
    attempts: attempts(events),
    answer:
      status === undefined
        ? null
        : {
            status,
            // Kubernetes sends a Status object with reason and message.
            error: field('error') ?? field('reason'),
            description: field('error_description') ?? field('message'),
          },
  };
}

function lastStatus(events: readonly HttpEvent[]): number | undefined {
  const last = events.findLast((event) => event.kind === 'response');
  return last?.kind === 'response' ? last.status : undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function attempts(events: readonly HttpEvent[]): readonly AttemptFacts[] {
  const all: Writable<AttemptFacts>[] = [];
  for (const event of events) {
    if (event.kind === 'attempt') {
      const proxy =
        event.proxy === undefined ? null : `${event.proxy.host} (${event.proxy.variable})`;
      all.push({ ...emptyAttempt, proxy });
      continue;
    }
    const current = all.at(-1);
    if (current === undefined) continue;
    if (event.kind === 'connected') {
      const { lookupMs, connectMs, proxyMs, tlsMs } = event.times;
      current.address = event.address ?? null;
      current.tls = event.tlsVersion ?? null;
      current.lookupMs = tenth(lookupMs);
      current.connectMs = tenth(connectMs);
      current.proxyMs = tenth(proxyMs);
      current.tlsMs = tenth(tlsMs);
    } else if (event.kind === 'response') {
      current.firstByteMs = tenth(event.firstByteMs);
      current.totalMs = tenth(event.totalMs);
    } else if (event.kind === 'failed') {
      current.failure = sanitize(event.error.message, { maxChars: reportTextLimit });
    }
  }
  return all;
}

const emptyAttempt: AttemptFacts = {
  proxy: null,
  address: null,
  tls: null,
  lookupMs: null,
  connectMs: null,
  proxyMs: null,
  tlsMs: null,
  firstByteMs: null,
  totalMs: null,
  failure: null,
};

function tenth(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.round(milliseconds * 10) / 10;
}

/**
 * How far a server's clock is ahead of the local clock, from the Date header of its last response;
 * undefined if no response has one.
 */
export function clockFacts(server: string, traffic: readonly Traffic[]): ClockFacts | undefined {
  const last = traffic.findLast((each) => dateOf(each) !== undefined);
  const date = last === undefined ? undefined : dateOf(last);
  if (date === undefined || last?.answeredMs === undefined) return undefined;
  // Date is rounded down to seconds, so on average the server's time is half a second later.
  const aheadSeconds = Math.round((date + 500 - last.answeredMs) / 1000);
  return { server, aheadSeconds: aheadSeconds === 0 ? 0 : aheadSeconds };
}

function dateOf(traffic: Traffic): number | undefined {
  const event = traffic.events.findLast((each) => each.kind === 'response');
  const text = event?.kind === 'response' ? event.date : undefined;
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
