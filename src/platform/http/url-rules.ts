import { isIP, isIPv4 } from 'node:net';
import { DexchangeError } from '../../errors.ts';

/** Google's metadata server only supports plain HTTP; its names and addresses are fixed. */
const googleMetadataHosts = new Set([
  'metadata.google.internal',
  '169.254.169.254',
  '169.254.169.252', // GKE's metadata server
  'fd20:ce::254',
]);

const otherMetadataHosts = new Set(['fd00:ec2::254', '100.100.100.200', '168.63.129.16']);

/** The host of a URL in lower case, without brackets and trailing dot, for comparisons. */
export function bareHost(url: URL): string {
  const host = url.hostname.toLowerCase();
  if (host.startsWith('[')) return host.slice(1, -1);
  return host.endsWith('.') ? host.slice(0, -1) : host;
}

const defaultPorts: Readonly<Record<string, number>> = { 'https:': 443, 'socks5:': 1080 };

/** The port of a URL, or the default port of its scheme. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return defaultPorts[url.protocol] ?? 80;
}

/** `host:port` for messages, IPv6 in brackets. A parsed host has no control characters. */
export function hostAndPort(url: URL): string {
  return `${url.hostname}:${portOf(url)}`;
}

/**
 * Whether a bare host is this machine. `localhost` is always loopback (RFC 6761, 6.3), because the
 * connector does not use a resolver for it.
 */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  if (isIPv4(host)) return host.startsWith('127.');
  // The URL parser formats an IPv4-mapped address in hexadecimal.
  return /^::ffff:7f[0-9a-f]{2}:/.test(host);
}

/** Whether a bare host is the metadata service of a cloud, which only its machine can reach. */
export function isMetadata(host: string): boolean {
  if (googleMetadataHosts.has(host) || otherMetadataHosts.has(host)) return true;
  return isIP(host) === 4 && host.startsWith('169.254.');
}

/**
 * Parses `url` and rejects it if secrets must not be sent to it. It must be https, unless the host is
 * loopback, `allowHttp` is set, or it is Google's metadata server and `metadata` is set. User info is
 * rejected because it would appear in logs, a fragment because it is never sent.
 * @param what names the URL in messages, such as `dex-url`
 * @throws DexchangeError setting_invalid, url_insecure; the message contains at most the host
 */
export function checkUrl(
  url: string,
  what: string,
  options: { readonly allowHttp: boolean; readonly metadata?: boolean },
): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.hostname === '') {
    throw new DexchangeError('setting_invalid', `${what} is not a URL`, {
      hint: `set it to https://host or https://host/path`,
    });
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    throw new DexchangeError('setting_invalid', `${what} is not an https URL`, {
      hint: `set it to https://host or https://host/path`,
    });
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new DexchangeError('setting_invalid', `${what} contains a user name or password`, {
      hint: `remove everything before the @ in ${what}`,
    });
  }
  if (url.includes('#')) {
    throw new DexchangeError('setting_invalid', `${what} contains a fragment`, {
      hint: `remove the # and everything after it from ${what}`,
    });
  }
  const host = bareHost(parsed);
  const metadata = options.metadata === true && googleMetadataHosts.has(host);
  const allowsPlainHttp = options.allowHttp || isLoopback(host) || metadata;
  if (parsed.protocol === 'http:' && !allowsPlainHttp) {
    throw new DexchangeError(
      'url_insecure',
      `${what} is http: it would send secrets unencrypted to ${host}`,
      {
        hint: 'use https, or set --allow-http if the network is trusted',
      },
    );
  }
  return parsed;
}
