import { BlockList, isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { bareHost, isLoopback, isMetadata, portOf } from './url-rules.ts';

/**
 * Whether a request to `url` bypasses the proxy, given the value of NO_PROXY. Entries are separated
 * by commas or spaces and have the same meaning as in Go, and so in kubectl and helm: `example.com`
 * matches the host and its subdomains, `.example.com` and `*.example.com` only the subdomains, `*`
 * everything; IP addresses and CIDRs match literal addresses and are not resolved; a port restricts an
 * entry to that port. An invalid entry matches nothing. Loopback and metadata addresses always bypass
 * the proxy, which would connect to its own machine.
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
  const match = bracketed ?? (isIP(entry) === 6 ? null : /^([^:]*):(\d+)$/.exec(entry));
  if (match?.[1] === undefined) return { name: entry };
  return match[2] === undefined ? { name: match[1] } : { name: match[1], port: Number(match[2]) };
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
  // 10.0.0.1 is not a subdomain of 0.0.1.
  if (isIP(host) !== 0) return false;
  const withoutStar = entry.startsWith('*.') ? entry.slice(1) : entry;
  const onlySubdomains = withoutStar.startsWith('.');
  const bare = withoutStar.replace(/^\./, '').replace(/\.$/, '');
  // URLs contain international names in ASCII form; NO_PROXY can contain them in Unicode.
  const name = domainToASCII(bare);
  if (name === '') return false;
  return host.endsWith(`.${name}`) || (host === name && !onlySubdomains);
}
