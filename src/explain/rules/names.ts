import { sanitize } from '../../sanitize.ts';
import { displayUrl, reportTextLimit } from '../display.ts';
import { type Evidence, textClaim } from '../evidence.ts';
import { listed } from '../layout.ts';

/** What a rule's texts may name. */
export interface Names {
  readonly dexUrl: string;
  readonly clientId: string;
  /** Of the DexClient that the client id stands for. */
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
  /** What to do about a token that has expired, which depends on where it came from. */
  readonly whenExpired: string;
  /** What the error says, and its hint. */
  readonly message: string;
  readonly hint: string;
}

/** What the docs say where a report names the real thing. */
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
    'mint a new one. GitLab: a job has one token for its whole life, so exchange early; others: let dexchange ask for it (--identity) instead of handing it a stored one',
  message: 'the message names what is wrong',
  hint: 'the hint says what to do',
};

/** The names of a run; a placeholder where it did not get that far. */
export function namesOf(evidence: Evidence): Names {
  const { exchange, subject, dexToken, api, error } = evidence;
  const clientId = clean(exchange?.clientId) ?? placeholders.clientId;
  const [, name, namespace] = /^dex-client-(.+)@([^@]+)$/.exec(clientId) ?? [];
  const user = api?.user;
  const url = evidence.peer === 'kubernetes' ? api?.server : exchange?.dexUrl;
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

function clean(text: string | undefined): string | undefined {
  const cleaned = text === undefined ? '' : sanitize(text, { maxChars: reportTextLimit });
  return cleaned === '' ? undefined : cleaned;
}
