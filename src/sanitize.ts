import type { Redaction } from './redaction.ts';

/**
 * Makes text from a server, a file or the environment safe to show on one line: replaces control
 * characters with spaces, joins runs of spaces, breaks the commands of CI systems that can be anywhere
 * in a line of a log (`##vso[…]` of Azure Pipelines, `##[…]` also of GitHub), redacts secrets (before the limit could cut one in
 * two), and keeps at most `maxChars` characters, by default 200.
 */
export function sanitize(
  text: string,
  options: { maxChars?: number; redaction?: Redaction } = {},
): string {
  const maxChars = options.maxChars ?? 200;
  // A fast path for plain names: a cache hit sanitizes some, and must not wait until V8 has
  // compiled the large pattern below. For the same reason the pattern is not a constant of the
  // module.
  if (
    options.redaction === undefined &&
    text.length <= maxChars &&
    /^[!-~]*$/.test(text) &&
    !text.includes('##')
  )
    return text;
  // C0 and C1 controls, line and paragraph separators, bidirectional and invisible formatting, lone
  // surrogates: everything that could start a new line, move the cursor or reorder text.
  const unprintable =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches control characters
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu;
  const printable = (any: string): string =>
    any
      .replace(unprintable, ' ')
      .replace(/ {2,}/g, ' ')
      .replace(/##(?=\[|vso\[)/gi, '# #')
      .trim();
  // Much more than is shown, so that a secret is whole where it matters, but not a megabyte.
  const start = printable(text).slice(0, maxChars * 2 + 10_000);
  const clean = options.redaction?.clean(start) ?? start;
  const points = [...clean.slice(0, maxChars * 2 + 2)];
  if (points.length <= maxChars) return clean;
  return `${points.slice(0, maxChars - 1).join('')}…`;
}

/**
 * Quotes user input in a message: sanitized, at most `maxChars` characters, and left out if it
 * looks like a secret or a file's content in the wrong place (a JWT as a file name, a token as a
 * choice).
 */
export function quoteInput(text: string, maxChars = 100): string {
  if (looksSecret(text)) return '(not shown: it looks like a secret)';
  if (looksLikeContent(text)) return '(not shown: it looks like the content of a file)';
  return sanitize(text, { maxChars });
}

/**
 * Quotes a path in a message; left out if it is more likely the content of a file, or a secret.
 * @param holdsSecret true if the path is that of a secret's file: then a single word that is not
 *   plainly a name is left out too, because it may be the secret itself
 */
export function quotePath(path: string, holdsSecret = false): string {
  if (/[\r\n]/.test(path) || looksLikeContent(path)) {
    return '(not shown: this looks like the content of a file, not its path)';
  }
  if (looksRandom(path) || (holdsSecret && !/[/\\.]|^[a-z][a-z_-]*$/i.test(path))) {
    return '(not shown: this looks like a secret, not the path of its file)';
  }
  return sanitize(path);
}

/**
 * Quotes an identifier, such as a client id or the name of a context; shortened if it looks like a
 * secret in its place.
 */
export function quoteId(id: string, maxChars = 100): string {
  if (looksLikeContent(id)) return '(not shown: it looks like the content of a file)';
  if (!looksRandom(id)) return sanitize(id, { maxChars });
  return `${sanitize(id).slice(0, 3)}… (not shown: it looks like a secret)`;
}

/** Whether a text is likely the content of a file: PEM, JSON, several lines, or very long. */
export function looksLikeContent(text: string): boolean {
  // A path may contain a variable that was not expanded, which the message should show.
  const rest = text.replace(/\$\{\{?[^{}]*\}?\}/g, '');
  return /-----BEGIN|[{}]|\n.*\n|\n$/.test(rest) || rest.length > 1024;
}

/**
 * Whether a word is likely a secret: a JWT, a token with a prefix of GitLab, GitHub and others, or a
 * long mix of letters and digits without a slash or a dot, which is more likely random than a path.
 */
export function looksSecret(text: string): boolean {
  if (looksRandom(text)) return true;
  return /^[\w+=-]{20,}$/.test(text) && /\d/.test(text) && /[A-Za-z]/.test(text);
}

/**
 * Whether a text has the shape of a token, or is random. A random text changes between letters,
 * capitals and digits at about every second character, a path or a name hardly ever.
 */
function looksRandom(text: string): boolean {
  if (/eyJ[\w-]{8,}/.test(text) || tokenPrefix.test(text)) return true;
  if (/^[\w+/-]{14,}={1,2}$/.test(text)) return true;
  if (/^[a-z\d+]{20,}$/i.test(text) && /\d/.test(text) && /[a-z]/i.test(text)) return true;
  // The client ids of some systems are UUIDs, and their folders are named so.
  const letters = text.replace(uuid, '').match(/[a-z\d]/gi) ?? [];
  if (letters.length < 14 || /\s/.test(text)) return false;
  const kinds = letters.map((letter) => (/[a-z]/.test(letter) ? 0 : /\d/.test(letter) ? 1 : 2));
  const changes = kinds.filter((kind, at) => at > 0 && kind !== kinds[at - 1]).length;
  // Folders of mktemp are random, but only a part of the path.
  return changes / letters.length > (/^(?:~|\.{0,2})\//.test(text) ? 0.5 : 0.35);
}

const uuid = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/gi;

const tokenPrefix =
  /(?:^|[/=:\s-])(?:gl[a-z]{2,6}-|gh[a-z]_|github_pat_|xox[a-z]-|AKIA|hv[sb]\.|sk-\w)/;
