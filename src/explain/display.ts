import type { Found } from '../config/resolve.ts';
import type { Setting } from '../config/setting.ts';
import { formatDuration } from '../duration.ts';
import { quoteId, quotePath, sanitize } from '../sanitize.ts';
import { reveal, Secret } from '../secret.ts';

/**
 * The longest text that is kept while a report is built, in characters; no real text is longer.
 * `redactReport` shortens texts to a readable length after it has redacted the secrets, because half
 * a secret would not be recognized.
 */
export const reportTextLimit = 1_000_000;

const maxItems = 1000;
const maxDepth = 8;

/**
 * Prepares untrusted JSON (claims, a response) for a report: sanitizes and limits every text,
 * including field names, and limits the length of lists and the depth.
 */
export function cleanJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return sanitize(value, { maxChars: reportTextLimit });
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '…';
  if (Array.isArray(value)) {
    return limitedList(value).map((item) => cleanJson(item, depth + 1));
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, maxItems)
      .map(([name, item]) => [
        sanitize(name, { maxChars: reportTextLimit }),
        cleanJson(item, depth + 1),
      ]),
  );
}

/** A list for a report: the items if they are at most 1000, or the first and how many more there are. */
export function limitedList<T>(items: readonly T[]): readonly (T | string)[] {
  if (items.length <= maxItems) return items;
  return [...items.slice(0, maxItems), `… and ${items.length - maxItems} more`];
}

/** Formats a URL without user information and query, which may contain secrets. */
export function displayUrl(text: string): string {
  if (!URL.canParse(text)) return clean(text.replace(/\/\/[^/@]*@/, '//…@'));
  const url = new URL(text);
  const user = url.username !== '' || url.password !== '' ? '…@' : '';
  const query = url.search === '' ? '' : '?…';
  // Do not add a slash that was not written: a missing slash in an issuer is a common error.
  const path = url.pathname === '/' && !/^[^:]+:\/\/[^/?#]+\//.test(text) ? '' : url.pathname;
  return clean(`${url.protocol}//${user}${url.host}${path}${query}`);
}

/**
 * Formats the value of a setting. Hides secrets, the value of a `KEY=VALUE` parameter, the arguments
 * of a command, and the user information and query of a URL.
 */
export function displaySetting(setting: Setting, { value }: Found): string {
  if (setting.type === 'list' && Array.isArray(value)) {
    return value.map((item: string | Secret) => displayItem(setting, item)).join(', ');
  }
  if (value instanceof Secret) return '(secret, hidden)';
  switch (setting.type) {
    case 'command':
      return displayCommand(Array.isArray(value) ? value : []);
    case 'url':
      return displayUrl(String(value));
    case 'duration':
      return formatDuration(Number(value));
    default:
      if (setting.placeholder === 'BASE64') return `${String(value).length} characters of base64`;
      return setting.type === 'path'
        ? quotePath(String(value))
        : quoteId(String(value), reportTextLimit);
  }
}

function displayItem(setting: Setting, item: string | Secret): string {
  const text = reveal(item);
  if (setting.secret !== true) return quoteId(text, reportTextLimit);
  const at = text.indexOf('=');
  return at < 1 ? '(hidden)' : `${clean(text.slice(0, at))}=(hidden)`;
}

function displayCommand(words: readonly unknown[]): string {
  const [program, ...rest] = words;
  const name = quotePath(String(program ?? ''));
  if (rest.length === 0) return name;
  return `${name} (and ${rest.length === 1 ? '1 argument' : `${rest.length} arguments`}, hidden)`;
}

function clean(text: string): string {
  return sanitize(text, { maxChars: reportTextLimit });
}
