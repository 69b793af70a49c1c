import { asDexchangeError } from '../errors.ts';
import type { OutgoingRequest, Send } from '../http/message.ts';
import { looksSecret } from '../sanitize.ts';
import { endpointUrl } from './endpoint.ts';

// From handleAuthorization and parseAuthorizationRequest in server/ of Dex v2.45.1. The pages of the
// login tell apart what the token endpoint denies with one and the same error.

/** Whether Dex has a client or connector. */
export type Existence = 'known' | 'unknown';

/** What Dex's login tells about a connector. */
export interface ConnectorFacts {
  readonly existence: Existence;
  /** Its type as in the configuration of Dex, such as `oidc` or `gitlab`; undefined if not shown. */
  readonly type: string | undefined;
  /** The ids of all connectors on the login page; empty if it shows none. */
  readonly ids: readonly string[];
}

/**
 * Asks Dex's login whether a client exists: it rejects an unknown client with 404, before it rejects
 * the missing redirect URI with 400. Sends no secret, and no id that may be one, since access logs
 * contain URLs. Never throws, because it only explains a failure.
 * @returns undefined if the response is another one
 */
export async function askClient(
  dexUrl: string,
  clientId: string,
  send: Send,
): Promise<Existence | undefined> {
  if (!/^dex-client-.+@[^@]+$/.test(clientId) || looksSecret(clientId)) return undefined;
  const query = new URLSearchParams({ client_id: clientId, response_type: 'code' });
  try {
    const { status, body } = await send(get(`${endpointUrl(dexUrl, 'auth/none')}?${query}`));
    if (status === 404 && body.includes('Invalid client_id')) return 'unknown';
    return status === 400 && body.includes('Unregistered redirect_uri') ? 'known' : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Asks Dex's login for a connector: the login page lists all connectors with their types. If there is
 * no such page, Dex redirects to a connector that exists, and answers 400 to any other. Sends no
 * secret, and never throws.
 * @returns undefined if the responses are other ones
 */
export async function askConnector(
  dexUrl: string,
  connectorId: string,
  send: Send,
): Promise<ConnectorFacts | undefined> {
  const page = endpointUrl(dexUrl, 'auth');
  const listed = await loginConnectors(page, send);
  if (listed.length > 0) {
    const found = listed.find(({ id }) => id === connectorId);
    const existence = found === undefined ? 'unknown' : 'known';
    return { existence, type: found?.type, ids: listed.map(({ id }) => id) };
  }
  if (looksSecret(connectorId)) return undefined;
  const existence = await existenceOf(page, connectorId, send);
  return existence && { existence, type: undefined, ids: [] };
}

interface LoginConnector {
  readonly id: string;
  readonly type: string;
}

/** Returns none for another page, and if Dex redirects, as it does with a single connector. */
async function loginConnectors(page: string, send: Send): Promise<readonly LoginConnector[]> {
  try {
    const { status, body } = await send(get(page));
    if (status !== 200) return [];
    const links = body.matchAll(
      /href="[^"?]*\/auth\/([^"/?]+)[^"]*"(?:(?!href=).)*?dex-btn-icon--([\w-]+)/gs,
    );
    return [...links].map(([, id = '', type = '']) => ({ id: decodeURIComponent(id), type }));
  } catch {
    return [];
  }
}

async function existenceOf(
  page: string,
  connectorId: string,
  send: Send,
): Promise<Existence | undefined> {
  try {
    const query = new URLSearchParams({ connector_id: connectorId });
    const { status, body } = await send(get(`${page}?${query}`));
    const isUnknown = status === 400 && body.includes('does not match a valid Connector');
    return isUnknown ? 'unknown' : undefined;
  } catch (error) {
    return asDexchangeError(error).code === 'server_redirect' ? 'known' : undefined;
  }
}

function get(url: string): OutgoingRequest {
  return { peer: 'dex', method: 'GET', url, headers: [['accept', 'text/html']] };
}
