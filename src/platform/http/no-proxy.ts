import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { bareHost, isLoopback, isMetadata, portOf } from './url-rules.ts';

/**
 * Whether a request to `url` goes directly, given the value of NO_PROXY. Entries are divided by
 * commas or blanks and read as Go does, since kubectl and helm in the same job do too:
 * `example.com` is the host and its subdomains, `.example.com` and `*.example.com` the subdomains
 * only, `*` everything; an IP address or a CIDR is compared as a number and never resolved; a port
 * restricts an entry to that port. Loopback and metadata addresses always go directly: a proxy
 * would ask its own machine. An entry that cannot be read matches nothing.
 */
export function bypassesProxy(url: URL, noProxy: string): boolean {
  const host = bareHost(url);
  if (isLoopback(host) || isMetadata(host)) return true;
  return noProxy
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry.toLowerCase(), host, portOf(url)));
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return matchesRange(entry, host);
  const { name, port: onlyPort } = splitPort(entry);
  if (onlyPort !== undefined && onlyPort !== port) return false;
  if (isIP(name) !== 0) return matchesRange(`${name}/${isIP(name) === 4 ? 32 : 128}`, host);
  return matchesName(name, host);
}

function splitPort(entry: string): { name: string; port?: number } {
  const bracketed = /^\[([^\]]*)\](?::(\d+))?$/.exec(entry);
  const found = bracketed ?? (isIP(entry) === 6 ? null : /^([^:]*):(\d+)$/.exec(entry));
  if (found?.[1] === undefined) return { name: entry };
  return found[2] === undefined ? { name: found[1] } : { name: found[1], port: Number(found[2]) };
}

function matchesRange(entry: string, host: string): boolean {
  const [network = '', bits = ''] = entry.replaceAll(/[[\]]/g, '').split('/');
  const version = isIP(network);
  const hostVersion = isIP(host);
  if (version === 0 || hostVersion === 0 || !/^\d{1,3}$/.test(bits)) return false;
  if (Number(bits) > (version === 4 ? 32 : 128)) return false;
  const range = new BlockList();
  range.addSubnet(network, Number(bits), version === 4 ? 'ipv4' : 'ipv6');
  return range.check(host, hostVersion === 4 ? 'ipv4' : 'ipv6');
}

function matchesName(entry: string, host: string): boolean {
  // 10.0.0.1 is no subdomain of 0.0.1.
  if (isIP(host) !== 0) return false;
  const withoutStar = entry.startsWith('*.') ? entry.slice(1) : entry;
  const onlySubdomains = withoutStar.startsWith('.');
  const bare = withoutStar.replace(/^\./, '').replace(/\.$/, '');
  // URLs hold names in their ASCII form, NO_PROXY may hold them as people write them.
  const name = domainToASCII(bare);
  if (name === '') return false;
  return host.endsWith(`.${name}`) || (host === name && !onlySubdomains);
}
