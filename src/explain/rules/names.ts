import { quoteId, sanitize } from '../../sanitize.ts';
import { listed } from '../../terminal/layout.ts';
import { displayUrl, reportTextLimit } from '../display.ts';
import { type Evidence, textClaim } from '../evidence.ts';

/** The names that the texts of rules contain. */
export interface Names {
  readonly dexUrl: string;
  readonly clientId: string;
  /** Name and namespace of the DexClient, from the client id. */
  readonly clientName: string;
  readonly clientNamespace: string;
  readonly connector: string;
  readonly audience: string;
  readonly tokenType: string;
  /** `iss` of the subject token. */
  readonly issuer: string;
  /** `iss` of Dex's token. */
  readonly dexIssuer: string;
  readonly email: string;
  readonly groups: string;
  readonly server: string;
  readonly access: string;
  readonly host: string;
  /** The fix for an expired token, which depends on its identity source. */
  readonly whenExpired: string;
  /** The message and the hint of the error. */
  readonly message: string;
  readonly hint: string;
}

/** The names in the docs, where a report has the names of the run. */
export const placeholders: Names = {
  dexUrl: 'https://dex.example.com/',
  clientId: 'dex-client-NAME@NAMESPACE',
  clientName: 'NAME',
  clientNamespace: 'NAMESPACE',
  connector: 'CONNECTOR',
  audience: 'kubernetes',
  tokenType: 'id_token',
  issuer: 'ISSUER',
  dexIssuer: 'https://dex.example.com/',
  email: 'EMAIL',
  groups: 'GROUPS',
  server: 'https://api.example.com',
  access: 'VERB RESOURCE',
  host: 'HOST',
  whenExpired:
    'get a new token. GitLab issues one token per job, so exchange it early in the job; with other systems, let dexchange request the token (--identity) instead of passing a stored one',
  message: 'see the error message',
  hint: 'follow the hint of the error',
};

/** The names of a run, with placeholders for what the run did not reach. */
export function namesOf(evidence: Evidence): Names {
  const { exchange, subject, dexToken, api, error } = evidence;
  const clientId = id(exchange?.clientId) ?? placeholders.clientId;
  const [, name, namespace] = /^dex-client-(.+)@([^@]+)$/.exec(clientId) ?? [];
  const user = api?.user;
  const isAtApi = evidence.peer === 'kubernetes' || (error !== undefined && error === api?.error);
  const url = isAtApi ? api?.server : exchange?.dexUrl;
  return {
    dexUrl: exchange === undefined ? placeholders.dexUrl : displayUrl(exchange.dexUrl),
    clientId,
    clientName: name ?? placeholders.clientName,
    clientNamespace: namespace ?? placeholders.clientNamespace,
    connector: clean(exchange?.connectorId) ?? placeholders.connector,
    audience: clean(exchange?.audiences.join(', ')) ?? placeholders.audience,
    tokenType: clean(subject?.type) ?? placeholders.tokenType,
    issuer: clean(textClaim(subject?.jwt, 'iss')) ?? placeholders.issuer,
    dexIssuer: clean(textClaim(dexToken?.jwt, 'iss')) ?? placeholders.dexIssuer,
    email: clean(user?.username ?? dexToken?.user.username) ?? placeholders.email,
    groups: clean(listed(user?.groups ?? dexToken?.user.groups ?? [])) ?? placeholders.groups,
    server: api === undefined ? placeholders.server : displayUrl(api.server),
    access:
      api?.access === undefined
        ? placeholders.access
        : (clean(`${api.access.verb} ${api.access.resource}`) ?? ''),
    host: url !== undefined && URL.canParse(url) ? new URL(url).host : placeholders.host,
    whenExpired:
      error?.code === 'dex_subject_token_expired' && error.hint !== undefined
        ? error.hint
        : placeholders.whenExpired,
    message: error?.message ?? placeholders.message,
    hint: error?.hint ?? placeholders.hint,
  };
}

function id(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : quoteId(text, reportTextLimit);
}

function clean(text: string | undefined): string | undefined {
  const cleaned = text === undefined ? '' : sanitize(text, { maxChars: reportTextLimit });
  return cleaned === '' ? undefined : cleaned;
}
