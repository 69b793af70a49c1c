import { otherAudienceHint } from '../../oauth/other-audience.ts';
import { quoteId, sanitize } from '../../sanitize.ts';
import { shellWord } from '../../shell-word.ts';
import { listed } from '../../terminal/layout.ts';
import { displayUrl, reportTextLimit } from '../display.ts';
import { audienceList, type Evidence, textClaim } from '../evidence.ts';
import { groupsFix } from '../lost-groups.ts';
import { foreignServerTexts } from './foreign-server.ts';
import { grantTexts } from './grant-texts.ts';
import { trustDexCa, trustTexts } from './trust-texts.ts';

/** The names that the texts of rules contain. */
export interface Names {
  readonly dexUrl: string;
  readonly clientId: string;
  /** Name and namespace of the DexClient, from the client id. */
  readonly clientName: string;
  readonly clientNamespace: string;
  readonly connector: string;
  readonly audience: string;
  /** How to get back to the usual audience. */
  readonly removeAudience: string;
  readonly tokenType: string;
  /** `iss` of the subject token. */
  readonly issuer: string;
  /** `aud` of the identity token of method identity. */
  readonly identityAudiences: string;
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
  /** What to change in that command if the job needs more. */
  readonly grantMore: string;
  /** The groups of the identity token that Dex's token does not have, and how to get them there. */
  readonly lostGroups: string;
  readonly groupsFix: string;
  /** The connectors that Dex's login page lists, or '' if that is not known. */
  readonly connectors: string;
  /** The flags that select the kubeconfig context of the call, with a blank before them, or ''. */
  readonly contextFlags: string;
  /** Why the certificate of the server is not trusted, and how to trust its CA. */
  readonly untrusted: string;
  readonly trustCa: string;
  /** Which server answers instead of the Kubernetes API, and where to correct its URL. */
  readonly foreignServer: string;
  readonly deniedBy: string;
  readonly correctServer: string;
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
  removeAudience: 'remove --audience, or set it to kubernetes',
  tokenType: 'id_token',
  issuer: 'ISSUER',
  identityAudiences: 'AUDIENCES',
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
  grantMore: 'with another --access-level if the job needs more, such as Editor or ClusterAdmin',
  lostGroups: 'GROUPS',
  groupsFix:
    'add groups to --scope, let the IdP put them into its token, and set claimMapping.groups of the DexProvider to their claim',
  connectors: '',
  contextFlags: '',
  untrusted: 'the certificate is signed by a private CA, which this machine does not trust',
  trustCa: trustDexCa,
  foreignServer: 'the server is not a Kubernetes API',
  deniedBy: 'not kube-apiserver denies the request, but something in front of it',
  correctServer: 'correct server of cluster NAME in the kubeconfig, or --server',
  cacheTrouble:
    'the cache folder is open to other users, belongs to another user, or is not writable',
  objections: 'the token lacks a claim or audience that kube-apiserver requires in Deckhouse',
  whenExpired:
    'get a new token. GitLab issues one token per job, so exchange it early in the job; with other systems, let dexchange request the token (--identity) instead of passing a stored one',
  message: 'what the error message says',
  hint: 'follow the hint of the error message',
};

/** The names of a run, with placeholders for what the run did not reach. */
export function namesOf(evidence: Evidence): Names {
  const { exchange, subject, dexToken, api, error } = evidence;
  const clientId = id(exchange?.clientId) ?? placeholders.clientId;
  const isIdentity = evidence.settings?.value('method') === 'identity';
  const [, name, namespace] =
    (isIdentity ? undefined : /^dex-client-(.+)@([^@]+)$/.exec(clientId)) ?? [];
  const user = api?.user;
  const email = clean(user?.username ?? dexToken?.user.username) ?? placeholders.email;
  const refused = api?.access?.filter(({ allowed }) => allowed === false) ?? [];
  const [firstRefused] = refused;
  const isAtApi = evidence.peer === 'kubernetes' || (error !== undefined && error === api?.error);
  const host = hostOf(isAtApi ? api?.server : serverUrl(evidence)) ?? placeholders.host;
  return {
    dexUrl: exchange === undefined ? placeholders.dexUrl : displayUrl(exchange.dexUrl),
    clientId,
    clientName: name ?? placeholders.clientName,
    clientNamespace: namespace ?? placeholders.clientNamespace,
    connector: clean(exchange?.connectorId) ?? placeholders.connector,
    audience: clean(exchange?.audiences.join(', ')) ?? placeholders.audience,
    removeAudience: clean(exchange && otherAudienceHint(exchange)) ?? placeholders.removeAudience,
    tokenType: clean(subject?.type) ?? placeholders.tokenType,
    issuer:
      clean(textClaim(subject?.jwt ?? evidence.identityCredential, 'iss')) ?? placeholders.issuer,
    identityAudiences:
      (evidence.identityCredential && clean(audienceList(evidence.identityCredential))) ??
      placeholders.identityAudiences,
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
    ...grantTexts({
      email,
      client: name === undefined || namespace === undefined ? undefined : { name, namespace },
      refused,
      project: projectOf(evidence),
    }),
    lostGroups: clean(groupsOf(evidence)) ?? placeholders.lostGroups,
    groupsFix: groupsFixOf(evidence),
    connectors: clean(evidence.servers.connector?.ids.join(', ')) ?? '',
    contextFlags: evidence.contextFlags,
    ...trustTexts(evidence, host, isAtApi),
    ...foreignServerTexts(evidence),
    cacheTrouble: clean(evidence.cacheTrouble) ?? placeholders.cacheTrouble,
    objections:
      clean(dexToken?.user.objections.map(({ text }) => text).join(', ')) ??
      placeholders.objections,
    host,
    whenExpired:
      error?.code === 'dex_subject_token_expired' && error.hint !== undefined
        ? error.hint
        : placeholders.whenExpired,
    message: error?.message ?? placeholders.message,
    hint: error?.hint ?? placeholders.hint,
  };
}

/** The URL of the server that the call failed at, if that is not the API server. */
function serverUrl({ peer, requestUrl, exchange }: Evidence): string | undefined {
  return peer === 'idp' || peer === 'ci' ? requestUrl : exchange?.dexUrl;
}

function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).host : undefined;
}

function groupsOf({ groups }: Evidence): string | undefined {
  return groups && `${listed(groups.lost, 6)} (claim ${groups.claim})`;
}

function projectOf({ project, api, dexToken }: Evidence) {
  const group = clean(project?.group);
  if (project === undefined || group === undefined) return undefined;
  const groups = api?.user?.groups ?? dexToken?.user.groups ?? [];
  return { claim: project.claim, group, isMapped: groups.includes(project.group) };
}

function groupsFixOf({ groups, project, exchange, dexToken }: Evidence): string {
  const isKnown = groups !== undefined || project !== undefined;
  if (!isKnown || exchange === undefined) return placeholders.groupsFix;
  return groupsFix({
    claim: groups?.claim,
    project,
    hasSome: dexToken !== undefined && dexToken.user.groups.length > 0,
    scope: exchange.scope,
    connector: clean(exchange.connectorId) ?? placeholders.connector,
  });
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
