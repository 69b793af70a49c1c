import { DexchangeError } from '../../errors.ts';
import { rejectPlaceholder } from '../../placeholders.ts';
import { Secret } from '../../secret.ts';

/** The parts of the URL of a proxy. */
export interface ProxyUrl {
  /** The URL without user info: `http://host:port`, `https://host:port` or `socks5://host:port`. */
  readonly url: URL;
  readonly login?: ProxyLogin;
}

/** The user name and password of a proxy, percent-decoded as in Go. */
export interface ProxyLogin {
  readonly username: string;
  readonly password: Secret;
}

/** In Go, `socks5` is the same as `socks5h`: the proxy resolves the name. */
const schemes: ReadonlyMap<string, 'http:' | 'https:' | 'socks5:'> = new Map([
  ['http', 'http:'],
  ['https', 'https:'],
  ['socks5', 'socks5:'],
  ['socks5h', 'socks5:'],
]);

/**
 * Parses the URL of a proxy; `host:port` means http, as in Go. What Go would silently ignore or
 * connect to by mistake is an error: a path, a query, another scheme.
 * @param origin names the variable or field that contains it
 * @throws DexchangeError setting_invalid, setting_not_expanded; the message contains nothing of the
 *   value, because any part of it can be part of a password
 */
export function parseProxyUrl(value: string, origin: string): ProxyUrl {
  rejectPlaceholder(value, origin, false);
  const [, scheme = 'http', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(value) ?? [];
  const end = rest.search(/[/?#\\]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  rejectTail(end < 0 ? '' : rest.slice(end), origin);
  const protocol = schemes.get(scheme.toLowerCase());
  if (protocol === undefined) throw unknownScheme(scheme, origin);
  // Parsed as http, because URL does not normalize the host of another scheme.
  const text = `http://${authority}`;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined || parsed.hostname === '') {
    throw new DexchangeError('setting_invalid', `${origin} is not the URL of a proxy`, {
      hint: `write it as http://host:port, https://host:port or socks5://host:port; ${encoding}`,
    });
  }
  const port = /:(\d+)$/.exec(authority.slice(authority.lastIndexOf('@') + 1))?.[1];
  const url = new URL(`${protocol}//${parsed.hostname}${port === undefined ? '' : `:${port}`}`);
  const { username, password } = parsed;
  if (username === '' && password === '') return { url };
  return { url, login: { username: decode(username), password: new Secret(decode(password)) } };
}

const encoding =
  'in its user name and password, write # as %23, / as %2F, ? as %3F, : as %3A and @ as %40';

/** Rejects what follows host and port: a path, or the rest of a password with a special character. */
function rejectTail(tail: string, origin: string): void {
  if (tail === '' || tail === '/') return;
  if (/^[/\\][^@?#]*(?:\.pac|\.dat)$/i.test(tail)) {
    throw new DexchangeError('setting_invalid', `${origin} is the URL of a PAC file`, {
      hint: `set ${origin} to one of the proxies in that file, such as http://host:port`,
    });
  }
  throw new DexchangeError(
    'setting_invalid',
    tail.includes('@')
      ? `${origin} has a special character in its user name or password`
      : `${origin} has something after the host and port of the proxy`,
    {
      hint: tail.includes('@')
        ? encoding
        : `write it as http://host:port without a path; ${encoding}`,
    },
  );
}

function unknownScheme(scheme: string, origin: string): DexchangeError {
  const isSocks = /^socks/i.test(scheme);
  return new DexchangeError(
    'setting_invalid',
    isSocks
      ? `${origin} names a SOCKS proxy of another version than 5`
      : `${origin} is not the URL of an http, https or socks5 proxy`,
    {
      hint: isSocks
        ? 'write socks5://host:port if the proxy supports SOCKS 5'
        : 'write it as http://host:port, https://host:port or socks5://host:port',
    },
  );
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Accept a % that is not percent-encoded.
    return part;
  }
}
