import { sanitize } from '../sanitize.ts';
import type { Secret } from '../secret.ts';
import { reportTextLimit } from './uncut.ts';

const maxItems = 1000;
const maxDepth = 8;

/**
 * A JSON value from a stranger (claims, an answer) made fit for a report: its texts, names of
 * fields included, sanitized and bounded, with secrets redacted; its lists and its depth bounded.
 */
export function cleanJson(
  value: unknown,
  secrets: readonly (Secret | undefined)[] = [],
  depth = 0,
): unknown {
  if (typeof value === 'string') return sanitize(value, { maxChars: reportTextLimit, secrets });
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '…';
  if (Array.isArray(value)) {
    const items = value.slice(0, maxItems).map((item) => cleanJson(item, secrets, depth + 1));
    return value.length > maxItems ? [...items, `… and ${value.length - maxItems} more`] : items;
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, maxItems)
      .map(([name, item]) => [
        sanitize(name, { maxChars: reportTextLimit, secrets }),
        cleanJson(item, secrets, depth + 1),
      ]),
  );
}
