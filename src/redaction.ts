import type { Secret } from './secret.ts';
import {
  decodedViews,
  endOf,
  escapeLevels,
  filtered,
  numbersView,
  skeletonView,
  startOf,
  unescaped,
  unescapedView,
  utf8View,
  type View,
} from './text-view.ts';

/** Removes the secrets of a run from texts, in whatever form a server, file or library repeats them. */
export interface Redaction {
  /** Adds a secret. Its forms are made when the first text is cleaned after that. */
  add(secret: Secret): void;
  /**
   * Returns the text with `[redacted]` in place of every secret, and of every part of a long one.
   * Secrets below 4 characters stay: replacing them would only make the text unreadable.
   * @param atEdge for texts that are mostly dexchange's own: leaves secrets below 8 characters and
   *   single words, because `test` or `password` would also be removed from names and advice, and
   *   several words of these texts, such as `client-secret`
   */
  clean(text: string, atEdge?: boolean): string;
}

/** A redaction that knows the given secrets. */
export function redactionOf(secrets: readonly (Secret | undefined)[]): Redaction {
  const pending: Secret[] = secrets.filter((secret) => secret !== undefined);
  const known: Known = {
    values: new Set(),
    shortest: Number.POSITIVE_INFINITY,
    exact: [],
    anchors: new Map(),
    skeletons: new Map(),
  };
  return {
    add(secret) {
      pending.push(secret);
    },
    clean(text, atEdge = false) {
      for (const secret of pending.splice(0)) learn(secret.reveal(), known);
      return redact(text, known, atEdge);
    },
  };
}

const hidden = '[redacted]';

/** Enough to be no coincidence, and a rest that is too short to guess the secret from. */
const longestRest = 9;
const anchorChars = 8;
const anchorStep = longestRest + 2 - anchorChars;
/** The limit per anchor, so that a secret of one repeated character does not take forever. */
const mostPlaces = 4;

/** A form of a secret, as bytes; `atEdge` tells whether it is also removed from dexchange's texts. */
interface Form {
  readonly bytes: string;
  readonly atEdge: boolean;
  /** The form must not be a part of a longer word. */
  readonly isWord: boolean;
  /** How long a part of the form must be to be removed. */
  readonly shortestPart: number;
}

/**
 * The shortest part of the header and claims of a JWT that is removed. They are no secret, since only
 * the signature makes a JWT a credential, and another token can repeat some of them: Dex's `sub`
 * contains that of the identity token.
 */
function shortestClaims(jwt: string, signature: string): number {
  return Math.max(40, Math.floor((jwt.length - signature.length) / 2));
}

interface Known {
  readonly values: Set<string>;
  /** The length of the shortest text that is redacted: a value, or a part of one. */
  shortest: number;
  /** Searched as they are. */
  readonly exact: Form[];
  /** Short parts of the forms without blanks and in lower case, and where they are in the form. */
  readonly anchors: Anchors;
  /** The same of the letters and digits of the forms. */
  readonly skeletons: Anchors;
}

type Anchors = Map<string, { readonly form: Form; readonly at: number }[]>;

/** A secret that consists of words in dexchange's own messages looks the same as these words. */
const ownWords =
  /^(?:(?:access|auth|ci|client|connector|credential|dex|file|id|identity|invalid|kubernetes|password|secret|subject|the|token|user|wrong)(?:[-_ ]|$))+$/i;

function learn(value: string, known: Known): void {
  if (value.length < 4 || known.values.has(value)) return;
  // A server may repeat the credentials of an Authorization header without the scheme, or decoded.
  const [, scheme, credentials] = /^(Basic|Bearer|Token) +(.{4,})$/is.exec(value) ?? [];
  if (credentials !== undefined) {
    learn(credentials, known);
    if (scheme?.toLowerCase() !== 'basic') return;
    const pair = Buffer.from(credentials, 'base64').toString();
    learn(pair.slice(pair.indexOf(':') + 1), known);
    return;
  }
  // Not a secret, but the name of one that was not expanded; the message about it names the variable.
  if (/^(?:\$[{(]?[A-Za-z_][\w.]*[})]?|%[\w.]+%)$/.test(value)) return;
  // A parameter can be a URL, such as an audience, which messages need.
  if (/^https?:\/\/[^?@]*$/i.test(value)) return;
  known.values.add(value);
  known.shortest = Math.min(known.shortest, value.length, longestRest + 1);
  const atEdge = value.length >= 8 && !/^[a-z]{1,11}$/i.test(value) && !ownWords.test(value);
  const isWord = value.length < 8;
  // The labels of PEM are no secret.
  const bare = value.replace(/-----[A-Z ]+-----/g, '');
  const raw = utf8View(bare).bytes;
  const latin1 = /^[\0-\xff]*$/.test(bare) ? bare : raw;
  const backwards = utf8View([...bare].reverse().join('')).bytes;
  // As sanitize writes control characters.
  const spaced = raw.replace(/[\0-\x20]+/g, ' ');
  const [, signature] = /^eyJ[\w-]+\.[\w-]+\.([\w-]*)$/.exec(value) ?? [];
  const shortestPart = signature === undefined ? longestRest + 1 : shortestClaims(value, signature);
  for (const bytes of new Set([raw, latin1, spaced, unescaped(raw), backwards])) {
    const compact = withoutBlanks(bytes).toLowerCase();
    const form = { atEdge, isWord, shortestPart };
    if (compact.length > longestRest) addAnchors({ ...form, bytes: compact }, known.anchors);
    else if (compact !== '') known.exact.push({ ...form, bytes });
  }
  const skeleton = bare.replace(/[^a-z\d]+/gi, '').toLowerCase();
  // Words such as those of `system-access-token` are also in messages.
  const isWords = /^[a-z]{1,23}$/.test(skeleton);
  if (!isWords && skeleton.length > longestRest && skeleton.length > bare.length / 2) {
    addAnchors({ bytes: skeleton, atEdge, isWord, shortestPart }, known.skeletons);
  }
  if (signature !== undefined) learn(signature, known);
}

function addAnchors(form: Form, anchors: Anchors): void {
  // Fewer anchors find only longer parts, which is enough for a secret of this length.
  const step = form.bytes.length > 65_536 ? 17 : anchorStep;
  for (let at = 0; at + anchorChars <= form.bytes.length; at += step) {
    const anchor = form.bytes.slice(at, at + anchorChars);
    const places = anchors.get(anchor);
    if (places === undefined) anchors.set(anchor, [{ form, at }]);
    else if (places.length < mostPlaces) places.push({ form, at });
  }
}

function withoutBlanks(bytes: string): string {
  return bytes.replace(/[\0-\x20\x7f+]+/g, '');
}

/** Tokens whose shape tells that they are one: they are redacted even if nobody passed them on. */
const tokenShapes =
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*|\b(?:gl[a-z]{2,6}-|gh[a-z]_|github_pat_|xox[a-z]-|hv[sb]\.)[\w.-]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.(?!-----END))*.?/gs;

type Range = readonly [from: number, to: number];

function redact(text: string, known: Known, atEdge: boolean): string {
  if (text.length < 4) return text;
  const ranges: Range[] = [...text.matchAll(tokenShapes)].map((match) => [
    match.index,
    match.index + match[0].length,
  ]);
  if (known.values.size > 0) {
    inspect(utf8View(text), known, 2, (from, to, form) => {
      if (form.atEdge || !atEdge) ranges.push([from, to]);
    });
    ranges.push(...cutOff(text, known));
  }
  return ranges.length === 0 ? text : replaced(text, ranges);
}

function replaced(text: string, ranges: Range[]): string {
  let clean = '';
  let end = 0;
  for (const [from, to] of ranges.sort((a, b) => a[0] - b[0])) {
    if (from > end || clean === '') clean += `${text.slice(end, from)}${hidden}`;
    end = Math.max(end, to);
  }
  return clean + text.slice(end);
}

/** The beginnings of secrets right before a `…`, which another limit has cut. */
function cutOff(text: string, known: Known): readonly Range[] {
  const ranges: Range[] = [];
  for (let at = text.indexOf('…'); at >= 0; at = text.indexOf('…', at + 1)) {
    for (const value of known.values) {
      for (let length = Math.min(value.length - 1, longestRest, at); length >= 4; length--) {
        if (!text.startsWith(value.slice(0, length), at - length)) continue;
        ranges.push([at - length, at]);
        break;
      }
    }
  }
  return ranges;
}

type Mark = (from: number, to: number, form: Form) => void;

/** Looks for secrets in a text, and in what it encodes: escapes, then base64 and hex, in any order. */
function inspect(view: View, known: Known, depth: number, mark: Mark): void {
  let current: View | undefined = view;
  for (let level = 0; level <= escapeLevels && current !== undefined; level++) {
    search(current, known, mark);
    if (depth > 0) {
      for (const decoded of decodedViews(filtered(current, /\S+/g), known.shortest)) {
        search(decoded, known, mark);
        // What is encoded once more is ASCII; the rest is what other words happen to decode to.
        const ascii = filtered(decoded, /[\t-~]{6,}/g);
        if (ascii.bytes !== '') inspect(ascii, known, depth - 1, mark);
      }
    }
    current = unescapedView(current);
  }
}

function search(view: View, known: Known, mark: Mark): void {
  for (const each of [view, numbersView(view)]) {
    if (each === undefined) continue;
    searchExact(each, known, mark);
    searchParts(filtered(each, /[^\0-\x20\x7f+]+/g), known.anchors, mark);
  }
  searchParts(skeletonView(view), known.skeletons, mark, /^[a-z]+$/i);
}

function searchExact(view: View, { exact }: Known, mark: Mark): void {
  const text = view.bytes;
  // Form encoding writes a space as a plus sign.
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  for (const form of exact) {
    for (const haystack of text === spaced ? [text] : [text, spaced]) {
      const size = form.bytes.length;
      for (
        let at = haystack.indexOf(form.bytes);
        at >= 0;
        at = haystack.indexOf(form.bytes, at + 1)
      ) {
        const isPart = /\w/.test(text[at - 1] ?? '') || /\w/.test(text[at + size] ?? '');
        if (!(form.isWord && isPart)) mark(startOf(view, at), endOf(view, at + size - 1), form);
      }
    }
  }
}

/**
 * Finds every run of characters that a text and a secret have in common, if it is long enough.
 * @param prose what is only words, which a short run may be
 */
function searchParts(view: View, anchors: Anchors, mark: Mark, prose = /^[a-z./:_@-]+$/): void {
  if (anchors.size === 0) return;
  const text = view.bytes.toLowerCase();
  for (let at = 0; at + anchorChars <= text.length; at++) {
    let end = 0;
    for (const place of anchors.get(text.slice(at, at + anchorChars)) ?? []) {
      const { bytes } = place.form;
      let before = 0;
      while (
        place.at > before &&
        at > before &&
        bytes[place.at - before - 1] === text[at - before - 1]
      )
        before++;
      let after = anchorChars;
      while (place.at + after < bytes.length && bytes[place.at + after] === text[at + after])
        after++;
      const run = view.bytes.slice(at - before, at + after);
      // Words that a secret and a message can have in common by chance, such as `-client-secret-`.
      const isProse = run.length < 24 && prose.test(run);
      if (run.length < bytes.length && (run.length < place.form.shortestPart || isProse)) continue;
      mark(startOf(view, at - before), endOf(view, at + after - 1), place.form);
      end = Math.max(end, at + after - anchorChars);
    }
    at = Math.max(at, end);
  }
}
