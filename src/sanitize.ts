import { formEncode } from './http/form.ts';
import type { Secret } from './secret.ts';

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
  // What most names are made of. A cache hit passes some through here, and must not wait for V8 to
  // read the large pattern, for which reason it is not a constant of the module either.
  if (options.secrets === undefined && text.length <= maxChars && /^[!-~]*$/.test(text))
    return text;
  // C0 and C1 controls, line and paragraph separators, bidirectional and invisible formatting,
  // lone surrogates: whatever could start a line of its own, move a cursor or reorder what is read.
  const unprintable =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;
  const clean = redact(text, options.secrets ?? [])
    .replace(unprintable, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const points = [...clean.slice(0, maxChars * 2 + 2)];
  if (points.length <= maxChars) return clean;
  return `${points.slice(0, maxChars - 1).join('')}…`;
}

function redact(text: string, secrets: readonly (Secret | undefined)[]): string {
  const forms = new Set(
    secrets.flatMap((secret) => (secret === undefined ? [] : formsOf(secret.reveal()))),
  );
  let clean = text;
  // The longest first: a secret that is part of another would leave the rest of it to be read.
  for (const form of [...forms].sort((a, b) => b.length - a.length)) {
    clean = clean.replaceAll(form, '[redacted]');
  }
  return clean;
}

const htmlEntities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function formsOf(secret: string): readonly string[] {
  if (secret.length < 4) return [];
  const bytes = Buffer.from(secret);
  // A server may repeat an Authorization header without its scheme.
  const [, credentials] = /^(?:Basic|Bearer|Token) (.{4,})$/i.exec(secret) ?? [];
  const percent = encodeURIComponent(secret.toWellFormed());
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    percent,
    percent.replace(/%../g, (code) => code.toLowerCase()),
    formEncode(secret),
    formEncode(secret).replace(/%../g, (code) => code.toLowerCase()),
    // As Go, PHP and browsers' templates write it.
    json,
    json.replaceAll('/', '\\/'),
    json.replace(/[&<>]/g, unicodeEscape),
    json.replace(/[&<>]/g, unicodeEscape).replaceAll('/', '\\/'),
    secret.replace(/[&<>"']/g, (character) => htmlEntities[character] ?? character),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    ...(credentials === undefined ? [] : [credentials]),
  ];
}

/**
 * A text of the user's, fit to be repeated in a message: cleaned and bounded, and left out where it
 * looks as if a secret stood in the wrong place (a JWT as a file's name, a token as a choice).
 */
export function quoteInput(text: string, maxChars = 100): string {
  return looksSecret(text) ? '(not shown: it looks like a secret)' : sanitize(text, { maxChars });
}

// A JWT; the prefixes by which GitLab, GitHub and others mark their tokens; and, with no folder and
// no extension in it, any long run of letters and digits, as random secrets are.
function looksSecret(text: string): boolean {
  return (
    /eyJ[\w-]{8,}\.[\w-]+/.test(text) ||
    /^(?:gl[a-z]{2,6}-|gh[a-z]_|github_pat_|xox[a-z]-|AKIA|hv[sb]\.)/.test(text) ||
    (/^[\w+=-]{20,}$/.test(text) && /\d/.test(text) && /[A-Za-z]/.test(text))
  );
}
