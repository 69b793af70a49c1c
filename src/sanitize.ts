import { formEncode } from './form.ts';
import type { Secret } from './secret.ts';

// C0 and C1 controls, line and paragraph separators, bidirectional and invisible formatting,
// lone surrogates: whatever could start a line of its own, move a cursor or reorder what is read.
const unprintable =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;

/**
 * Text from a server, a file or the environment, made fit for one line of ours: secrets redacted
 * first (they may be cut by the bound), then controls replaced by spaces, runs of spaces folded,
 * and at most `maxChars` characters kept.
 */
export function sanitize(
  text: string,
  options: { maxChars?: number; secrets?: readonly (Secret | undefined)[] } = {},
): string {
  const maxChars = options.maxChars ?? 200;
  // Nobody needs a megabyte cleaned to read 200 characters of it; secrets can straddle only the
  // end of this window, and what straddles it is cut off by maxChars.
  let clean = text.slice(0, maxChars * 8 + 65_536);
  for (const secret of options.secrets ?? []) {
    if (secret === undefined) continue;
    clean = redact(clean, secret.reveal());
  }
  clean = clean.replace(unprintable, ' ').replace(/ {2,}/g, ' ').trim();
  const points = [...clean.slice(0, maxChars * 2 + 2)];
  if (points.length <= maxChars) return clean;
  return `${points.slice(0, maxChars - 1).join('')}…`;
}

function redact(text: string, secret: string): string {
  if (secret.length < 4) return text;
  let clean = text;
  const base64 = Buffer.from(secret).toString('base64');
  for (const form of new Set([secret, encodeURIComponent(secret), formEncode(secret), base64])) {
    clean = clean.replaceAll(form, '[redacted]');
  }
  return clean;
}
