import { DexchangeError } from '../errors.ts';
import { quoteInput } from '../sanitize.ts';
import { splitWords } from './command-words.ts';
import { nearest } from './nearest.ts';
import type { Setting } from './setting.ts';

/**
 * Parses the text of a setting: into a string, a boolean, milliseconds, or the words of a command.
 * @param origin where the text comes from, named in the error
 * @throws DexchangeError setting_invalid; the error never contains a secret
 */
export function parseValue(
  setting: Setting,
  text: string,
  origin: string,
): string | boolean | number | readonly string[] {
  switch (setting.type) {
    case 'text':
    case 'list':
      return text;
    case 'path':
      if (text.includes('\0'))
        throw invalid(
          origin,
          'contains a null byte, which no path can have',
          'set the path of a file',
        );
      return text;
    case 'variable':
      return parseVariable(text, origin);
    case 'command':
      return parseCommand(text, origin);
    case 'url':
      return parseUrl(setting, text, origin);
    case 'choice':
      return parseChoice(setting.choices ?? {}, text, origin);
    case 'switch':
      return parseSwitch(text, origin);
    case 'duration':
      return atLeast(setting.minimumMs ?? 0, parseDuration(text, origin), origin);
  }
}

/**
 * Replaces `~` at the start of a path with the home folder, as a shell does. A shell leaves it in
 * place behind `--flag=`, and no shell reads variables and files of CI systems.
 * @param env contains HOME, or USERPROFILE on Windows
 * @throws DexchangeError setting_invalid if there is no home folder, or for `~user`
 */
export function inHome(
  path: string,
  origin: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const [, user = '', rest = ''] = /^~([^/\\]*)(.*)$/s.exec(path) ?? [];
  if (!path.startsWith('~')) return path;
  if (user !== '') {
    throw invalid(
      origin,
      'starts with ~ and a name, which only a shell replaces with the home folder of that user',
      'write the absolute path, or ./ in front of it if the name of the file starts with ~',
    );
  }
  const home = env['HOME'] || env['USERPROFILE'];
  if (!home) {
    throw invalid(
      origin,
      'starts with ~, but neither HOME nor USERPROFILE is set',
      'write the absolute path, or set HOME',
    );
  }
  return rest === '' ? home : `${home.replace(/[/\\]$/, '')}${rest}`;
}

/** The texts in a variable: a list has one item per line, anything else is one text. */
export function linesOf({ type }: Setting, text: string): readonly string[] {
  return type === 'list' ? text.split(/\r?\n/).filter((line) => line !== '') : [text];
}

function parseCommand(text: string, origin: string): readonly string[] {
  const words = splitWords(text);
  if (words === undefined)
    throw invalid(
      origin,
      'has an unclosed quote',
      'close the quote, or escape it with a backslash',
    );
  if (words.length === 0)
    throw invalid(origin, 'is an empty command', 'set a program and its arguments');
  return words;
}

/** The limit of common browsers; no issuer or endpoint is longer. */
const longestUrl = 2048;

function parseVariable(text: string, origin: string): string {
  if (/^[A-Za-z_]\w*$/.test(text)) return text;
  // The message does not repeat the text: it may be the secret that belongs in the variable.
  throw invalid(
    origin,
    'is not a valid variable name',
    'set it to the name of the variable, without $, such as GITLAB_OIDC_TOKEN',
  );
}

function parseUrl(setting: Setting, text: string, origin: string): string {
  if (!/^https?:\/\//i.test(text)) {
    throw invalid(origin, 'is not a URL', 'include the scheme, such as https://dex.example.com/');
  }
  if (text.length > longestUrl)
    throw invalid(
      origin,
      `is longer than ${longestUrl} characters`,
      'set the URL only, such as https://dex.example.com/',
    );
  // Neither spaces nor invisible formatting, which URL drops, but which would stay in a kubeconfig; and
  // no backslash, which URL reads as a slash and other programs as a part of a user name.
  const unusable =
    /[\s\\]|[^!-~\u00a0-\uffff]|[\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/;
  if (!URL.canParse(text) || unusable.test(text)) {
    throw invalid(origin, 'is not a valid URL', 'write it such as https://dex.example.com/');
  }
  const { username, password, search, hash } = new URL(text);
  if (username !== '' || password !== '') {
    throw invalid(
      origin,
      'contains a user name or password',
      'remove them, since URLs end up in logs',
    );
  }
  if (hash !== '' || (search !== '' && setting.mayHaveQuery !== true)) {
    throw invalid(origin, 'has a query or fragment', 'remove the part that starts with ? or #');
  }
  return text;
}

function parseChoice(
  choices: Readonly<Record<string, string>>,
  text: string,
  origin: string,
): string {
  const value = Object.hasOwn(choices, text) ? choices[text] : undefined;
  if (value !== undefined) return value;
  // Lists the canonical values only, not every accepted spelling.
  const names = [...new Set(Object.values(choices))];
  const meant = nearest(text, Object.keys(choices));
  throw invalid(
    origin,
    `is ${quoteInput(text, 60)}, not one of ${names.join(', ')}`,
    meant === undefined ? 'set one of these values' : `did you mean ${meant}?`,
  );
}

function parseSwitch(text: string, origin: string): boolean {
  switch (text.toLowerCase()) {
    case 'true':
    case '1':
    case 'yes':
    case 'on':
      return true;
    case 'false':
    case '0':
    case 'no':
    case 'off':
      return false;
  }
  throw invalid(origin, `is ${quoteInput(text, 60)}, not true or false`, 'write true or false');
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Seconds, or a Go duration (`time.ParseDuration`) with units from ms to h. */
function parseDuration(text: string, origin: string): number {
  let totalMs = Number.NaN;
  // One pattern for the usual forms, since a cache hit parses some: V8 compiles each at first use.
  const [, number, only] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (number !== undefined) {
    totalMs = Number(number) * (unitsMs[only ?? 's'] ?? Number.NaN);
  } else if (/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    totalMs = 0;
    for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
      totalMs += Number(amount) * (unitsMs[unit ?? ''] ?? Number.NaN);
    }
  }
  if (totalMs > 365 * 24 * 3_600_000) {
    throw invalid(
      origin,
      `is ${quoteInput(text, 60)}, which is longer than a year`,
      'set at most 8760h',
    );
  }
  if (Number.isNaN(totalMs)) {
    throw invalid(
      origin,
      `is ${quoteInput(text, 60)}, not a valid duration`,
      'write seconds or units, such as 5, 5s, 10m or 1h30m',
    );
  }
  return Math.round(totalMs);
}

function atLeast(minimumMs: number, valueMs: number, origin: string): number {
  if (valueMs >= minimumMs) return valueMs;
  throw invalid(origin, `is less than ${minimumMs} ms`, 'set a longer time, such as 30s');
}

function invalid(origin: string, what: string, hint: string): DexchangeError {
  return new DexchangeError('setting_invalid', `${origin} ${what}`, { hint });
}
