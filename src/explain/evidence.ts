import { isCacheOff } from '../cache/folder.ts';
import type { Settings } from '../config/resolve.ts';
import { settings as rows } from '../config/table.ts';
import type { DexchangeError, ErrorCode } from '../errors.ts';
import { formEncode } from '../http/form.ts';
import { jsonObject, textField } from '../http/json-body.ts';
import type { Peer } from '../http/message.ts';
import type { ExchangeInput } from '../inputs/exchange.ts';
import { isRecord } from '../json.ts';
import { audiences, type DecodedJwt, decodeJwt, numericDate } from '../jwt.ts';
import type { ApiRecord } from './api-record.ts';
import type { ServerFacts } from './ask-servers.ts';
import { type KubernetesUser, kubernetesUser } from './kubernetes-user.ts';
import { type GroupFacts, groupFacts, type ProjectGroup, projectGroup } from './lost-groups.ts';
import type { ClockFacts } from './report.ts';
import { clockFacts } from './request-facts.ts';
import { type RunRecord, type Traffic, usesIdentityMethod } from './run-record.ts';
import { apiAudience, credentialOf } from './steps/dex-token-step.ts';

/** The input of the rules: everything that is known about a run, without its secrets. */
export interface Evidence {
  readonly error: DexchangeError | undefined;
  /** The error code of a network failure from the system, TLS or undici. */
  readonly reason: string | undefined;
  /** The server of the failed request, or of the last request if none failed. */
  readonly peer: Peer | undefined;
  /** The URL of that request, which may contain secrets. */
  readonly requestUrl: string | undefined;
  /** The proxy of that request, with the variable that sets it. */
  readonly proxy: string | undefined;
  readonly settings: Settings | undefined;
  readonly exchange: ExchangeInput | undefined;
  readonly clientSecret: SecretTraits | undefined;
  /** The name of the identity source. */
  readonly identity: string | undefined;
  readonly subject: SubjectEvidence | undefined;
  /** The response to the failed request. */
  readonly answer:
    | { readonly status: number; readonly error: string; readonly description: string }
    | undefined;
  /** The time by Dex's clock, or by the local clock if Dex's is unknown; in milliseconds since the epoch. */
  readonly nowMs: number;
  readonly clocks: readonly ClockFacts[];
  readonly dexToken:
    | { readonly jwt: DecodedJwt; readonly user: KubernetesUser; readonly isCached: boolean }
    | undefined;
  /** The credential of method identity. */
  readonly identityCredential: DecodedJwt | undefined;
  /** The groups of the subject token; undefined if it names none, or there is no token of Dex. */
  readonly groups: GroupFacts | undefined;
  /** The group of the project of the job, if the subject token names it. */
  readonly project: ProjectGroup | undefined;
  readonly servers: ServerFacts;
  readonly api: ApiRecord | undefined;
  /** Why the cache cannot be used, unless --no-cache is set. */
  readonly cacheTrouble: string | undefined;
  /** Flags that pass a secret on the command line. */
  readonly secretFlags: readonly string[];
  /** What is suspicious in the kubeconfig's exec entry. */
  readonly kubeconfigWarnings: readonly string[];
  /** The flags that select the kubeconfig context of the call, with a blank before them, or ''. */
  readonly contextFlags: string;
}

/** Properties of a secret that do not reveal it. */
export interface SecretTraits {
  /** Whether it contains characters that must be form-encoded in a Basic header. */
  readonly needsEncoding: boolean;
  /** Whether it looks like base64 of a text, as kubectl prints Secrets. */
  readonly looksEncoded: boolean;
}

export interface SubjectEvidence {
  /** The `subject_token_type` that was sent to Dex, in its short form. */
  readonly type: string;
  readonly jwt: DecodedJwt | undefined;
}

export interface EvidenceInput {
  readonly record: RunRecord;
  readonly nowMs: number;
  readonly api: ApiRecord | undefined;
  readonly servers: ServerFacts;
  readonly kubeconfigWarnings: readonly string[];
  readonly contextFlags: string;
}

/** Collects the evidence of a run. */
export function evidenceOf(input: EvidenceInput): Evidence {
  const { record, api } = input;
  const error = record.error ?? api?.error;
  const last = lastTraffic(record, api);
  const { subjectToken, settings, cache } = record;
  const credential = credentialOf(record);
  const credentialJwt = credential === undefined ? undefined : decodeJwt(credential.reveal());
  const subjectJwt = subjectToken === undefined ? undefined : decodeJwt(subjectToken.reveal());
  const isIdentity = usesIdentityMethod(record);
  const jobJwt = subjectJwt ?? providedJwt(record);
  return {
    error,
    reason: reasonOf(error),
    peer: last?.request.peer,
    requestUrl: last?.request.url,
    proxy: proxyOf(last),
    settings,
    exchange: record.exchange,
    clientSecret: secretTraits(record),
    identity: record.identity?.name,
    subject:
      subjectToken === undefined
        ? undefined
        : { type: record.subjectTokenType ?? '', jwt: subjectJwt },
    answer: answerOf(last),
    nowMs: input.nowMs,
    clocks: clocksOf(record, api),
    dexToken:
      credentialJwt === undefined || isIdentity
        ? undefined
        : {
            jwt: credentialJwt,
            user: kubernetesUser(credentialJwt.claims, apiAudience),
            isCached: record.dexToken === undefined,
          },
    identityCredential: isIdentity ? credentialJwt : undefined,
    groups: isIdentity ? undefined : groupsOf(jobJwt, credentialJwt),
    project: isIdentity || jobJwt === undefined ? undefined : projectGroup(jobJwt.claims),
    servers: input.servers,
    api,
    cacheTrouble: cacheTrouble(
      record,
      cache !== undefined && isCacheOff(cache.place) && !cache.place.isNeedless
        ? cache.place.off
        : undefined,
    ),
    secretFlags: rows.flatMap(([name, row]) => {
      const origin = settings?.found(name)?.origin;
      return row.secret === true && origin?.level === 'flag' ? [origin.name] : [];
    }),
    kubeconfigWarnings: input.kubeconfigWarnings,
    contextFlags: input.contextFlags,
  };
}

function groupsOf(
  subject: DecodedJwt | undefined,
  credential: DecodedJwt | undefined,
): GroupFacts | undefined {
  if (subject === undefined || credential === undefined) return undefined;
  return groupFacts(subject.claims, credential.claims);
}

/**
 * The identity token that a cached credential comes from, if it is provided rather than requested: it
 * is a part of the cache key.
 */
function providedJwt({ identity }: RunRecord): DecodedJwt | undefined {
  return identity?.keyInputs.map(decodeJwt).find((jwt) => jwt !== undefined);
}

/** Compares the clocks of Dex and the API server with the local clock, if they responded. */
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

/** The platform keeps the system's error code in the `cause` of a connection error. */
function reasonOf(error: DexchangeError | undefined): string | undefined {
  const cause = error?.cause;
  const reason = isRecord(cause) ? (cause['reason'] ?? cause['code']) : undefined;
  return typeof reason === 'string' ? reason : undefined;
}

function proxyOf(traffic: Traffic | undefined): string | undefined {
  const attempt = traffic?.events.findLast((event) => event.kind === 'attempt');
  if (attempt?.kind !== 'attempt' || attempt.proxy === undefined) return undefined;
  return `${attempt.proxy.host} (${attempt.proxy.variable})`;
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
  // The key input of a given secret is the secret itself. The key inputs of a command are its words,
  // which reveal nothing about the secret.
  const [value, more] = clientSecret?.keyInputs ?? [];
  if (value === undefined || more !== undefined) return undefined;
  return { needsEncoding: formEncode(value) !== value, looksEncoded: looksLikeBase64(value) };
}

function looksLikeBase64(text: string): boolean {
  if (text.length < 16 || text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    return false;
  }
  // Random base64 characters almost never decode to printable characters only.
  return /^[\x20-\x7e]+$/.test(Buffer.from(text, 'base64').toString('latin1'));
}

function cacheTrouble(record: RunRecord, noPlace: string | undefined): string | undefined {
  if (record.settings?.value('no-cache')) return undefined;
  return noPlace ?? record.notStored;
}

/** Returns a claim if it is a non-empty string. */
export function textClaim(jwt: DecodedJwt | undefined, name: string): string | undefined {
  const value = jwt?.claims[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** How long ago a token expired by `nowMs`, in milliseconds; undefined if it has not. */
export function expiredForMs(jwt: DecodedJwt | undefined, nowMs: number): number | undefined {
  const exp = jwt === undefined ? undefined : numericDate(jwt.claims, 'exp');
  return exp === undefined || exp * 1000 > nowMs ? undefined : nowMs - exp * 1000;
}

/** The scopes of an access token; undefined if it lists none. */
export function scopesOf(jwt: DecodedJwt | undefined): readonly string[] | undefined {
  const { scope, scp } = jwt?.claims ?? {};
  if (typeof scope === 'string') return scope.split(' ');
  if (typeof scp === 'string') return scp.split(' ');
  return Array.isArray(scp) ? scp.filter((item) => typeof item === 'string') : undefined;
}

/** The kind of a JWT by its `typ` (RFC 9068, Keycloak) and claims; undefined if they do not tell. */
export function kindOf(jwt: DecodedJwt | undefined): 'id_token' | 'access_token' | undefined {
  if (jwt === undefined) return undefined;
  const { typ } = jwt.claims;
  if (typ === 'ID') return 'id_token';
  if (typ === 'Bearer' || /at\+jwt$/i.test(String(jwt.header['typ'] ?? ''))) return 'access_token';
  if (scopesOf(jwt) !== undefined) return 'access_token';
  // GitHub, Forgejo and GitLab CI issue id_tokens only.
  if (jwt.claims['pipeline_source'] !== undefined || isOfWorkflow(jwt)) return 'id_token';
  return undefined;
}

/**
 * Whether a token is of GitHub Actions or Forgejo Actions, by its issuer: github.com, an enterprise
 * on it, GHE.com, GitHub Enterprise Server (`/_services/token`) or Forgejo (`/api/actions`).
 */
export function isOfWorkflow(jwt: DecodedJwt | undefined): boolean {
  const issuer = textClaim(jwt, 'iss') ?? '';
  return (
    /^https:\/\/token\.actions\.(?:githubusercontent\.com|[^/.]+\.ghe\.com)(?:\/|$)/.test(issuer) ||
    /\/(?:_services\/token|api\/actions)$/.test(issuer)
  );
}

/** Whether the error has one of these codes. */
export function hasCode(evidence: Evidence, codes: readonly ErrorCode[]): boolean {
  return evidence.error !== undefined && codes.includes(evidence.error.code);
}

/** The audiences of a token, for messages. */
export function audienceList(jwt: DecodedJwt): string {
  return audiences(jwt.claims).join(', ') || 'none';
}
