import { quoteId, sanitize } from '../../sanitize.ts';
import { shellWord } from '../../shell-word.ts';
import { listed } from '../../terminal/layout.ts';
import type { AccessAnswer } from '../api-record.ts';
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
  /** The actions that are refused: `get pods or list nodes`. */
  readonly access: string;
  /** The first of them, as words of a shell. */
  readonly canI: string;
  /** The namespace of the permissions that were asked for. */
  readonly namespace: string;
  readonly host: string;
  /** A command of a cluster administrator that grants the user access. */
  readonly grantAccess: string;
  /** The flags that select the kubeconfig context of the call, with a blank before them, or ''. */
  readonly contextFlags: string;
  /** How to trust the CA of the server. */
  readonly trustCa: string;
  /** Why the cache cannot be used. */
  readonly cacheTrouble: string;
  /** What the API server objects to in Dex's token. */
  readonly objections: string;
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
  canI: 'VERB RESOURCE',
  namespace: 'NAMESPACE',
  host: 'HOST',
  grantAccess:
    'dexchange manifests token-exchange --client-name NAME --client-namespace NAMESPACE --user EMAIL --access-level User --rule-name NAME-access | d8 k apply -f -',
  contextFlags: '',
  trustCa: trustCaOf(undefined, 'https://api.example.com'),
  cacheTrouble:
    'the cache folder is open to other users, belongs to another user, or is not writable',
  objections: 'the token lacks a claim or audience that kube-apiserver requires in Deckhouse',
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
  const email = clean(user?.username ?? dexToken?.user.username) ?? placeholders.email;
  const refused = api?.access?.filter(({ allowed }) => allowed === false) ?? [];
  const [firstRefused] = refused;
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
    email,
    groups: clean(listed(user?.groups ?? dexToken?.user.groups ?? [])) ?? placeholders.groups,
    server: api === undefined ? placeholders.server : displayUrl(api.server),
    access:
      clean(refused.map(({ verb, resource }) => `${verb} ${resource}`).join(' or ')) ??
      placeholders.access,
    canI:
      firstRefused === undefined
        ? placeholders.canI
        : `${shellWord(firstRefused.verb)} ${shellWord(firstRefused.resource)}`,
    namespace: clean(api?.permissions?.namespace) ?? placeholders.namespace,
    grantAccess: grantAccess(email, name, namespace, refused),
    contextFlags: evidence.contextFlags,
    trustCa: trustCaOf(
      isAtApi ? api?.from : undefined,
      isAtApi ? displayUrl(api?.server ?? '') : '',
    ),
    cacheTrouble: clean(evidence.cacheTrouble) ?? placeholders.cacheTrouble,
    objections:
      clean(dexToken?.user.objections.map(({ text }) => text).join(', ')) ??
      placeholders.objections,
    host: url !== undefined && URL.canParse(url) ? new URL(url).host : placeholders.host,
    whenExpired:
      error?.code === 'dex_subject_token_expired' && error.hint !== undefined
        ? error.hint
        : placeholders.whenExpired,
    message: error?.message ?? placeholders.message,
    hint: error?.hint ?? placeholders.hint,
  };
}

/** A rule of its own, because applying a rule of the same name would replace its subjects. */
function grantAccess(
  email: string,
  clientName: string | undefined,
  clientNamespace: string | undefined,
  refused: readonly AccessAnswer[],
): string {
  const user = shellWord(email);
  const slug = email
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
    .slice(0, 50);
  const rule = `ci-${slug}`.replace(/-+$/, '');
  const isReading = refused.every(({ verb }) => ['get', 'list', 'watch'].includes(verb));
  if (clientName === undefined || clientNamespace === undefined) {
    const role = isReading ? 'view' : 'edit';
    return `kubectl create clusterrolebinding ${rule} --clusterrole ${role} --user ${user}`;
  }
  const level = isReading ? 'User' : 'Editor';
  return `dexchange manifests token-exchange --client-name ${shellWord(clientName)} --client-namespace ${shellWord(clientNamespace)} --user ${user} --access-level ${level} --rule-name ${rule} | d8 k apply -f -`;
}

/** @param api the place that named the API server; undefined if the server is Dex or the IdP */
function trustCaOf(api: string | undefined, server: string): string {
  if (api === undefined) {
    return "save the CA (for Dex: `d8 k -n d8-user-authn get secret kubernetes-api-ca-key-pair -o jsonpath='{.data.ca\\.crt}' | base64 -d > ca.crt`) and set --dex-certificate-authority ca.crt";
  }
  return api === '--server'
    ? `save the CA of ${server} in a file and set --dex-certificate-authority FILE`
    : `set certificate-authority-data of the cluster in the kubeconfig to the CA of ${server}`;
}

function id(text: string | undefined): string | undefined {
  return text === undefined || text === ''
    ? undefined
    : quoteId(text, reportTextLimit).replaceAll('`', "'");
}

function clean(text: string | undefined): string | undefined {
  // A backtick would begin or end a command.
  const cleaned =
    text === undefined ? '' : sanitize(text, { maxChars: reportTextLimit }).replaceAll('`', "'");
  return cleaned === '' ? undefined : cleaned;
}
