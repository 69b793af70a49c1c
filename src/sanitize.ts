import { formEncode } from './http/form.ts';
import type { Secret } from './secret.ts';

/**
 * Makes text from a server, a file or the environment safe to show on one line: redacts secrets
 * (first, since the limit could cut one in two), replaces control characters with spaces, joins
 * runs of spaces, and keeps at most `maxChars` characters, by default 200.
 */
export function sanitize(
  text: string,
  options: { maxChars?: number; secrets?: readonly (Secret | undefined)[] } = {},
): string {
  const maxChars = options.maxChars ?? 200;
  // A fast path for plain names: a cache hit sanitizes some, and must not wait until V8 has
  // compiled the large pattern below. For the same reason the pattern is not a constant of the
  // module.
  if (options.secrets === undefined && text.length <= maxChars && /^[!-~]*$/.test(text))
    return text;
  // C0 and C1 controls, line and paragraph separators, bidirectional and invisible formatting, lone
  // surrogates: everything that could start a new line, move the cursor or reorder text.
  const unprintable =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
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
  // The longest first: if one secret is part of another, the rest of the longer one would stay.
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
  // A server may repeat the credentials of an Authorization header without the scheme.
  const [, credentials] = /^(?:Basic|Bearer|Token) (.{4,})$/i.exec(secret) ?? [];
  const percent = encodeURIComponent(secret.toWellFormed());
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    percent,
    percent.replace(/%../g, (code) => code.toLowerCase()),
    formEncode(secret),
    formEncode(secret).replace(/%../g, (code) => code.toLowerCase()),
    // The escapes of Go, PHP and HTML templates.
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
 * Quotes user input in a message: sanitized, at most `maxChars` characters, and left out if it
 * looks like a secret in the wrong place (a JWT as a file name, a token as a choice).
 */
export function quoteInput(text: string, maxChars = 100): string {
  return looksSecret(text) ? '(not shown: it looks like a secret)' : sanitize(text, { maxChars });
}

/**
 * Whether a word is likely a secret: a JWT, a token with a prefix of GitLab, GitHub and others, or a
 * long mix of letters and digits without a slash or a dot, which is more likely random than a path.
 */
export function looksSecret(text: string): boolean {
  return (
    /eyJ[\w-]{8,}\.[\w-]+/.test(text) ||
    /^(?:gl[a-z]{2,6}-|gh[a-z]_|github_pat_|xox[a-z]-|AKIA|hv[sb]\.)/.test(text) ||
    (/^[\w+=-]{20,}$/.test(text) && /\d/.test(text) && /[A-Za-z]/.test(text))
  );
}
