import { isIP, isIPv4 } from 'node:net';
import { DexchangeError } from '../../errors.ts';

/** Google's metadata server is plain HTTP by nature; its names and addresses are fixed. */
const googleMetadataHosts = new Set([
  'metadata.google.internal',
  '169.254.169.254',
  '169.254.169.252', // GKE's metadata server
  'fd20:ce::254',
]);

const otherMetadataHosts = new Set(['fd00:ec2::254', '100.100.100.200', '168.63.129.16']);

/** The host of a URL as names are compared: no brackets, no trailing dot, lower case. */
export function bareHost(url: URL): string {
  const host = url.hostname.toLowerCase();
  if (host.startsWith('[')) return host.slice(1, -1);
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

/** The port of a URL, the scheme's own included. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

/** `host:port` for messages, IPv6 in brackets. The host of a parsed URL holds no controls. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${portOf(url)}`;
}

/**
 * Whether a bare host is this machine. `localhost` counts, though it is a name: RFC 6761 (6.3)
 * says it is loopback, and the connector makes that true by never asking a resolver for it.
 */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  if (isIPv4(host)) return host.startsWith('127.');
  // The URL parser writes an IPv4-mapped address in hexadecimal.
  return /^::ffff:7f[0-9a-f]{2}:/.test(host);
}

/** Whether a bare host is a cloud's metadata service, which only the machine itself may ask. */
export function isMetadata(host: string): boolean {
  if (googleMetadataHosts.has(host) || otherMetadataHosts.has(host)) return true;
  return isIP(host) === 4 && host.startsWith('169.254.');
}

/**
 * Parses `url` and refuses what a secret must not be sent to: anything but https, unless the host
 * is loopback, `allowHttp` is set, or it is Google's metadata server and a CI token is asked of it; user info (it would end in logs) and
 * fragments (they are never sent, so one is a mistake). `what` names it in messages, such as
 * `dex-url`. Throws `setting_invalid` or `url_insecure`; neither repeats more than the host.
 */
export function checkUrl(
  url: string,
  what: string,
  options: { readonly allowHttp: boolean; readonly metadata?: boolean },
): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.hostname === '') {
    throw new DexchangeError('setting_invalid', `${what} is not a URL`, {
      hint: `write it as https://host or https://host/path`,
    });
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    throw new DexchangeError('setting_invalid', `${what} is not an https URL`, {
      hint: `write it as https://host or https://host/path`,
    });
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new DexchangeError('setting_invalid', `${what} holds a user name or password`, {
      hint: `remove what stands before the @ in ${what}`,
    });
  }
  if (url.includes('#')) {
    throw new DexchangeError('setting_invalid', `${what} holds a fragment`, {
      hint: `remove the # and what follows it from ${what}`,
    });
  }
  const host = bareHost(parsed);
  const metadata = options.metadata === true && googleMetadataHosts.has(host);
  const mayBePlain = options.allowHttp || isLoopback(host) || metadata;
  if (parsed.protocol === 'http:' && !mayBePlain) {
    throw new DexchangeError('url_insecure', `${what} would send secrets unencrypted to ${host}`, {
      hint: 'use https, or --allow-http where the network can be trusted',
    });
  }
  return parsed;
}
