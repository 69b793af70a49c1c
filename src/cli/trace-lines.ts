import type { OldEntryReason } from '../cache/event.ts';
import type { Settings } from '../config/resolve.ts';
import { settings as rows } from '../config/table.ts';
import { quoteId } from '../sanitize.ts';
import type { TraceEvent } from '../usecases/trace-event.ts';

/** The lines that `-v` prints for an event; they never contain secrets. */
export function traceLines(event: TraceEvent): readonly string[] {
  if (event.kind === 'settings') return settingsLines(event.settings);
  const line = traceLine(event);
  return line === undefined ? [] : [line];
}

function traceLine(event: TraceEvent): string | undefined {
  switch (event.kind) {
    case 'note':
      return event.text;
    case 'identity':
      return `identity: ${event.source.name} (${event.source.origin})${event.subjectTokenType === undefined ? '' : `, as ${event.subjectTokenType}`}`;
    case 'cache-miss':
      return `cache: miss, ${event.reason}`;
    case 'cache-hit':
      return event.state === 'fresh' ? 'cache: hit' : 'cache: hit, due for renewal';
    case 'cache-rejected':
      return 'cache: bypassed, because the client runs the plugin again after a 401 of the API server';
    case 'cache-old-entry-used':
      return `cache: ${oldEntryReason(event.why)}`;
    case 'cache-expired-meanwhile':
      return 'cache: the old credential has expired meanwhile';
    case 'cache-lock':
      return event.held ? undefined : 'cache: going on without the lock';
    case 'cache-response-too-late':
      return 'exchange: the credential expired before the response arrived; sending the request again';
    case 'cache-not-stored':
      return `cache: not stored, ${event.reason}`;
    case 'dex-token':
      return `exchange: Dex issued a credential for ${Math.round(event.token.remainingMs / 1000)} s`;
    case 'identity-credential':
      return `identity: the token is the credential, for ${Math.round(event.remainingMs / 1000)} s`;
    case 'proxy-ignored':
      return `proxy: ${event.variable} is not used, as in kubectl; set HTTPS_PROXY instead`;
    case 'failed':
      return event.retryInMs === undefined
        ? undefined
        : `${event.error.message}; retrying in ${Math.ceil(event.retryInMs)} ms`;
    default:
      return undefined;
  }
}

function oldEntryReason(why: OldEntryReason): string {
  switch (why.kind) {
    case 'failed-recently':
      return 'the old credential is used, because renewing it failed recently';
    case 'another-is-renewing':
      return 'the old credential is used, because another process is renewing it';
    case 'renewed-by-another':
      return 'another process has just renewed the credential';
    case 'renewal-failed':
      return `the old credential is used, because renewing it failed: ${why.error.message}`;
  }
}

function settingsLines(settings: Settings): readonly string[] {
  const dex = (['dex-url', 'client-id', 'connector-id'] as const).flatMap((name) => {
    const found = settings.found(name);
    return found === undefined
      ? []
      : [`${name} ${quoteId(String(found.value))} (${found.origin.name})`];
  });
  const secretFlags = rows.flatMap(([name, row]) => {
    const origin = settings.found(name)?.origin;
    return row.secret === true && origin?.level === 'flag' ? [origin.name] : [];
  });
  return [
    ...(dex.length === 0 ? [] : [`settings: ${dex.join(', ')}`]),
    ...secretFlags.map(
      (flag) =>
        `warning: ${flag} is on the command line, where other users of this machine can read it`,
    ),
  ];
}
