import { isCacheOff } from '../cache/folder.ts';
import type { Settings } from '../config/resolve.ts';
import { settings as rows } from '../config/table.ts';
import type { DexchangeError, ErrorCode } from '../errors.ts';
import { formEncode } from '../http/form.ts';
import { jsonObject, textField } from '../http/json-body.ts';
import type { Peer } from '../http/message.ts';
import type { ExchangeInput } from '../inputs/exchange.ts';
import { audiences, type DecodedJwt, decodeJwt, numericDate } from '../jwt.ts';
import type { KeyCheck } from '../oauth/check-keys.ts';
import { Secret } from '../secret.ts';
import type { ApiRecord } from './api-record.ts';
import { type KubernetesUser, kubernetesUser } from './kubernetes-user.ts';
import type { ClockFacts } from './report.ts';
import { clockFacts } from './request-facts.ts';
import type { RunRecord, Traffic } from './run-record.ts';
import { apiAudience, credentialOf } from './steps/dex-token-step.ts';

/** What the rules judge by: all that is known of a run, with its secrets left behind. */
export interface Evidence {
  readonly error: DexchangeError | undefined;
  /** Of a network failure: what the system, TLS or undici called it. */
  readonly reason: string | undefined;
  /** The server whose request failed, or was the last. */
  readonly peer: Peer | undefined;
  /** The proxy of that request, with the variable that names it. */
  readonly proxy: string | undefined;
  readonly settings: Settings | undefined;
  readonly exchange: ExchangeInput | undefined;
  readonly clientSecret: SecretTraits | undefined;
  /** Name of the identity source. */
  readonly identity: string | undefined;
  readonly subject: SubjectEvidence | undefined;
  /** What the server of the failed request answered. */
  readonly answer:
    | { readonly status: number; readonly error: string; readonly description: string }
    | undefined;
  /** By Dex's clock where it is known, in milliseconds since the epoch. */
  readonly nowMs: number;
  readonly clocks: readonly ClockFacts[];
  readonly dexToken:
    | { readonly jwt: DecodedJwt; readonly user: KubernetesUser; readonly isCached: boolean }
    | undefined;
  /** Whether the subject token's issuer has signed it, as far as it was asked. */
  readonly subjectKeys: KeyCheck | undefined;
  /** Whether Dex's present keys have signed the credential. */
  readonly dexKeys: KeyCheck | undefined;
  readonly api: ApiRecord | undefined;
  /** Why the cache is not used although nobody switched it off. */
  readonly cacheTrouble: string | undefined;
  /** Flags that hold a secret on the command line. */
  readonly secretFlags: readonly string[];
  /** Odd things about the kubeconfig's entry, in words. */
  readonly kubeconfigOddities: readonly string[];
}

/** What may be said of a secret without telling it. */
export interface SecretTraits {
  /** Holds characters that must be form-encoded in a Basic header. */
  readonly needsEncoding: boolean;
  /** Looks like base64 of text, as Kubernetes shows Secrets. */
  readonly looksEncoded: boolean;
}

export interface SubjectEvidence {
  /** What Dex was told that it is. */
  readonly type: string;
  readonly jwt: DecodedJwt | undefined;
}

export interface EvidenceInput {
  readonly record: RunRecord;
  readonly nowMs: number;
  readonly api: ApiRecord | undefined;
  readonly subjectKeys: KeyCheck | undefined;
  readonly dexKeys: KeyCheck | undefined;
  readonly kubeconfigOddities: readonly string[];
}

/** Draws the evidence of a run together. */
export function evidenceOf(input: EvidenceInput): Evidence {
  const { record, api } = input;
  const error = record.error ?? api?.error;
  const last = lastTraffic(record, api);
  const { subjectToken, settings, cache } = record;
  const credential = credentialOf(record);
  const credentialJwt = credential === undefined ? undefined : decodeJwt(credential.reveal());
  return {
    error,
    reason: reasonOf(error),
    peer: last?.request.peer,
    proxy: proxyOf(last),
    settings,
    exchange: record.exchange,
    clientSecret: secretTraits(record),
    identity: record.identity?.name,
    subject:
      subjectToken === undefined
        ? undefined
        : { type: record.subjectTokenType ?? '', jwt: decodeJwt(subjectToken.reveal()) },
    answer: answerOf(last),
    nowMs: input.nowMs,
    clocks: clocksOf(record, api),
    dexToken:
      credentialJwt === undefined
        ? undefined
        : {
            jwt: credentialJwt,
            user: kubernetesUser(credentialJwt.claims, apiAudience),
            isCached: record.dexToken === undefined,
          },
    subjectKeys: input.subjectKeys,
    dexKeys: input.dexKeys,
    api,
    cacheTrouble: cacheTrouble(
      record,
      cache !== undefined && isCacheOff(cache.place) ? cache.place.off : undefined,
    ),
    secretFlags: rows.flatMap(([name, row]) => {
      const origin = settings?.found(name)?.origin;
      return row.secret === true && origin?.level === 'flag' ? [origin.name] : [];
    }),
    kubeconfigOddities: input.kubeconfigOddities,
  };
}

/** What the clocks of the servers say; of Dex and the API server, if they were asked. */
export function clocksOf(record: RunRecord, api: ApiRecord | undefined): readonly ClockFacts[] {
  const dex = record.traffic.filter(({ request }) => request.peer === 'dex');
  return [clockFacts('Dex', dex), clockFacts('the Kubernetes API', api?.traffic ?? [])].filter(
    (clock) => clock !== undefined,
  );
}

function lastTraffic(record: RunRecord, api: ApiRecord | undefined): Traffic | undefined {
  if (record.error !== undefined) return record.traffic.at(-1);
  return api?.traffic.at(-1) ?? record.traffic.at(-1);
}

/** The platform puts the failure of a connection behind its error, with the system's name for it. */
function reasonOf(error: DexchangeError | undefined): string | undefined {
  const cause = error?.cause as { reason?: unknown; code?: unknown } | undefined;
  const reason = cause?.reason ?? cause?.code;
  return typeof reason === 'string' ? reason : undefined;
}

function proxyOf(traffic: Traffic | undefined): string | undefined {
  const attempt = traffic?.events.findLast((event) => event.kind === 'attempt');
  if (attempt?.kind !== 'attempt' || attempt.proxy === undefined) return undefined;
  return `${attempt.proxy.host}, which ${attempt.proxy.variable} names`;
}

function answerOf(traffic: Traffic | undefined): Evidence['answer'] {
  const event = traffic?.events.findLast((each) => each.kind === 'response');
  if (traffic === undefined || event?.kind !== 'response') return undefined;
  const body = traffic.response === undefined ? undefined : jsonObject(traffic.response);
  return {
    status: event.status,
    error: (body && textField(body, 'error')) ?? '',
    description: (body && textField(body, 'error_description')) ?? '',
  };
}

function secretTraits({ clientSecret }: RunRecord): SecretTraits | undefined {
  // A secret at hand is its own key input; a command's are its words, which say nothing of it.
  const [value, more] = clientSecret?.keyInputs ?? [];
  if (value === undefined || more !== undefined) return undefined;
  return { needsEncoding: formEncode(value) !== value, looksEncoded: looksLikeBase64(value) };
}

function looksLikeBase64(text: string): boolean {
  if (text.length < 16 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    return false;
  }
  // Of random text almost none decodes to printable characters alone.
  return /^[\x20-\x7e]+$/.test(Buffer.from(text, 'base64').toString('latin1'));
}

function cacheTrouble(record: RunRecord, noPlace: string | undefined): string | undefined {
  if (record.settings?.value('no-cache')) return undefined;
  return noPlace ?? record.notStored;
}

/** A claim that is a text and not empty. */
export function textClaim(jwt: DecodedJwt | undefined, name: string): string | undefined {
  const value = jwt?.claims[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** How long ago a token expired by `nowMs`, in milliseconds; undefined if it has not. */
export function expiredForMs(jwt: DecodedJwt | undefined, nowMs: number): number | undefined {
  const exp = jwt === undefined ? undefined : numericDate(jwt.claims, 'exp');
  return exp === undefined || exp * 1000 > nowMs ? undefined : nowMs - exp * 1000;
}

/** The scopes that an access token says it has; undefined if it says nothing. */
export function scopesOf(jwt: DecodedJwt | undefined): readonly string[] | undefined {
  const { scope, scp } = jwt?.claims ?? {};
  if (typeof scope === 'string') return scope.split(' ');
  if (typeof scp === 'string') return scp.split(' ');
  return Array.isArray(scp) ? scp.filter((item) => typeof item === 'string') : undefined;
}

/** What a JWT is by its own signs (RFC 9068; Keycloak's `typ` claim); undefined if it has none. */
export function kindOf(jwt: DecodedJwt | undefined): 'id_token' | 'access_token' | undefined {
  if (jwt === undefined) return undefined;
  const { typ } = jwt.claims;
  if (typ === 'ID') return 'id_token';
  if (typ === 'Bearer' || /at\+jwt$/i.test(String(jwt.header['typ'] ?? ''))) return 'access_token';
  if (scopesOf(jwt) !== undefined) return 'access_token';
  const issuer = textClaim(jwt, 'iss') ?? '';
  // Both CI systems issue id_tokens alone.
  if (jwt.claims['pipeline_source'] !== undefined || issuer === githubIssuer) return 'id_token';
  return undefined;
}

export const githubIssuer = 'https://token.actions.githubusercontent.com';

/** Whether the error has one of these codes. */
export function hasCode(evidence: Evidence, codes: readonly ErrorCode[]): boolean {
  return evidence.error !== undefined && codes.includes(evidence.error.code);
}

/** The audiences of a token, for a message. */
export function audienceList(jwt: DecodedJwt): string {
  return audiences(jwt.claims).join(', ') || 'nobody';
}

/** All secrets of a run, to be redacted from whatever is said of it. */
export function secretsOfRun(record: RunRecord): readonly Secret[] {
  const { subjectToken, dexToken, cacheHit, traffic, settings, clientSecret } = record;
  const found = [subjectToken, dexToken?.token, cacheHit?.entry.token].filter(
    (secret) => secret !== undefined,
  );
  // One input alone is the secret itself.
  const [secret, more] = clientSecret?.keyInputs ?? [];
  if (secret !== undefined && more === undefined) found.push(new Secret(secret));
  for (const { request } of traffic) {
    for (const [, value] of [...request.headers, ...(request.form ?? [])]) {
      if (typeof value !== 'string') found.push(value);
    }
  }
  for (const [name, row] of rows) {
    const value: unknown = row.secret === true ? settings?.found(name)?.value : undefined;
    found.push(...([value].flat().filter((each) => each !== undefined) as Secret[]));
    if (row.type === 'url') found.push(...secretPartsOf(settings?.found(name)?.value));
  }
  return found;
}

/** User part and query of a URL, as it is written. */
function secretPartsOf(url: unknown): readonly Secret[] {
  const [, user = '', query = ''] =
    /^[^:]+:\/\/(?:([^/?#]*)@)?[^?#]*(?:\?(.*))?$/.exec(String(url)) ?? [];
  return [user, ...user.split(':'), query]
    .filter((part) => part !== '')
    .map((part) => new Secret(part));
}
