import { apiCa, dexCa } from '../../kubernetes/cluster-cas.ts';
import type { ClusterValue } from '../../kubernetes/cluster-value.ts';
import { apiHost, dexHost } from '../../kubernetes/deckhouse.ts';
import type { ReadResult } from '../../kubernetes/read-cluster.ts';
import { pemCertificates } from '../../pem.ts';
import {
  asked,
  type Check,
  checkOf,
  type DiscoveredValue,
  type Part,
  type Read,
} from './discovery.ts';

/** The address of the published API and its CA. */
export function apiPart(read: Read, publicRoots: readonly string[]): Promise<Part> {
  const text = (host: string): string => `the API is published at https://${host}`;
  const ca = apiCa(publicRoots);
  return addressPart({ prefix: 'API', check: 'publishAPI', host: apiHost, ca, text }, read);
}

/** The address of Dex and its CA. */
export function dexPart(read: Read, publicRoots: readonly string[]): Promise<Part> {
  const text = (host: string): string => `its issuer is https://${host}/`;
  const ca = dexCa(publicRoots);
  return addressPart({ prefix: 'DEX', check: 'Dex', host: dexHost, ca, text }, read);
}

/** A server of the cluster that is published. */
interface Published {
  /** The beginning of the names of its values. */
  readonly prefix: 'API' | 'DEX';
  /** The name of the check of its address. */
  readonly check: string;
  readonly host: ClusterValue<string>;
  readonly ca: ClusterValue<string>;
  text(host: string): string;
}

async function addressPart(published: Published, read: Read): Promise<Part> {
  const { prefix, check, text } = published;
  const host = await read(published.host);
  const ca = await read(published.ca);
  const values: DiscoveredValue[] = [];
  if (host.found) values.push({ name: `${prefix}_HOST`, value: host.value, place: host.location });
  if (ca.found) {
    // Base64 of the PEM, as in a kubeconfig.
    const value = Buffer.from(ca.value).toString('base64');
    values.push({ name: `${prefix}_CA_DATA`, value, place: ca.location });
  }
  const caName = prefix === 'API' ? 'API CA' : 'Dex CA';
  return { values, checks: [asked(checkOf(check, host, text)), caCheck(caName, ca)] };
}

/** A CA is optional: most certificates come from a public one. */
function caCheck(name: string, ca: ReadResult<string>): Check {
  if (ca.found) {
    const count = pemCertificates(ca.value).length;
    const text = `${count} certificate${count === 1 ? '' : 's'}, which clients must trust`;
    return { name, state: 'ok', text };
  }
  const { code, message, hint } = ca.error;
  if (code === 'api_forbidden') return { name, state: 'warning', text: message, hint };
  return {
    name,
    state: 'ok',
    text: 'no private CA in the cluster: clients need none if a public CA issued the certificate',
  };
}
