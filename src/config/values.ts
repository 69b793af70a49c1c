import { DexchangeError } from '../errors.ts';
import { quoteInput } from '../sanitize.ts';
import { nearest } from './nearest.ts';
import type { Setting } from './setting.ts';
import { splitWords } from './split-words.ts';

/**
 * A setting's text as its value: a string, a boolean, milliseconds, or the words of a command.
 * @param origin where the text stands, to name it in the error
 * @throws DexchangeError setting_invalid; the text is repeated only if it is no secret
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
      if (text.includes('\0')) throw invalid(origin, 'is not a path', undefined);
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
      return atLeast(setting.leastMs ?? 0, parseDuration(text, origin), origin);
  }
}

function parseCommand(text: string, origin: string): readonly string[] {
  const words = splitWords(text);
  if (words === undefined) throw invalid(origin, 'has a quote that is not closed', undefined);
  if (words.length === 0) throw invalid(origin, 'holds no command', undefined);
  return words;
}

/** As long as browsers take them; a longer one is an attack or a slip. */
const longestUrl = 2048;

function parseVariable(text: string, origin: string): string {
  if (/^[A-Za-z_]\w*$/.test(text)) return text;
  // Not repeated: it may be the value that belongs into the variable.
  throw invalid(
    origin,
    'is not the name of a variable',
    'it takes the name, without $ and not the value: such as GITLAB_OIDC_TOKEN',
  );
}

function parseUrl(setting: Setting, text: string, origin: string): string {
  if (!/^https?:\/\//i.test(text)) {
    throw invalid(
      origin,
      'is not a URL',
      'write it with its scheme, such as https://dex.example.com/',
    );
  }
  if (text.length > longestUrl) throw invalid(origin, 'is too long for a URL', undefined);
  if (!URL.canParse(text) || /\s|[^!-~\u00a0-\uffff]/.test(text)) {
    throw invalid(origin, 'is not a valid URL', 'such as https://dex.example.com/');
  }
  const { username, password, search, hash } = new URL(text);
  if (username !== '' || password !== '') {
    throw invalid(origin, 'has a user or password in it', 'they would end in logs: leave them out');
  }
  if (hash !== '' || (search !== '' && setting.mayHaveQuery !== true)) {
    throw invalid(origin, 'has a query or fragment', 'leave out what begins with ? or #');
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
  // Not every spelling that is understood: the values there are.
  const names = [...new Set(Object.values(choices))];
  const meant = nearest(text, Object.keys(choices));
  throw invalid(
    origin,
    `is ${quoteInput(text, 60)}, not one of ${names.join(', ')}`,
    meant === undefined ? undefined : `did you mean ${meant}?`,
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
  throw invalid(origin, `is ${quoteInput(text, 60)}, neither true nor false`, undefined);
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Seconds, or Go's notation (`time.ParseDuration`) as far as milliseconds go. */
function parseDuration(text: string, origin: string): number {
  let totalMs = Number.NaN;
  if (/^\d+(\.\d+)?$/.test(text)) {
    totalMs = Number(text) * 1000;
  } else if (/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    totalMs = 0;
    for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
      totalMs += Number(amount) * (unitsMs[unit ?? ''] ?? Number.NaN);
    }
  }
  const dayMs = 24 * 3_600_000;
  if (Number.isNaN(totalMs) || totalMs > 365 * dayMs) {
    throw invalid(
      origin,
      `is ${quoteInput(text, 60)}, not a duration`,
      'write seconds or units: 5, 5s, 10m, 1h30m',
    );
  }
  return Math.round(totalMs);
}

function atLeast(leastMs: number, valueMs: number, origin: string): number {
  if (valueMs >= leastMs) return valueMs;
  throw invalid(origin, `is less than ${leastMs} ms`, 'a call needs some time, and an end');
}

function invalid(origin: string, what: string, hint: string | undefined): DexchangeError {
  return new DexchangeError(
    'setting_invalid',
    `${origin} ${what}`,
    hint === undefined ? {} : { hint },
  );
}
