import type { Found } from '../config/resolve.ts';
import type { Setting } from '../config/setting.ts';
import { sanitize } from '../sanitize.ts';
import { reveal, Secret } from '../secret.ts';
import { displayUrl } from './shown-url.ts';
import { durationWords } from './time-words.ts';
import { reportTextLimit } from './uncut.ts';

/**
 * A setting's value as a report may show it: secrets hidden, of a parameter `KEY=VALUE` the key
 * alone, of a command line the program alone, of a URL neither user part nor query.
 */
export function displaySetting(setting: Setting, { value }: Found): string {
  if (setting.type === 'list' && Array.isArray(value)) {
    return value.map((item: string | Secret) => shownItem(setting, item)).join(' ');
  }
  if (value instanceof Secret) return '(secret, hidden)';
  switch (setting.type) {
    case 'command':
      return shownCommand(Array.isArray(value) ? value : []);
    case 'url':
      return displayUrl(String(value));
    case 'duration':
      return durationWords(Number(value));
    default:
      if (setting.placeholder === 'BASE64') return `${String(value).length} characters of base64`;
      return sanitize(String(value), { maxChars: reportTextLimit });
  }
}

function shownItem(setting: Setting, item: string | Secret): string {
  const text = reveal(item);
  if (setting.secret !== true) return sanitize(text, { maxChars: reportTextLimit });
  const at = text.indexOf('=');
  return at < 1
    ? '(hidden)'
    : `${sanitize(text.slice(0, at), { maxChars: reportTextLimit })}=(hidden)`;
}

function shownCommand(words: readonly unknown[]): string {
  const [program, ...others] = words;
  const rest = others.length === 1 ? '1 word' : `${others.length} words`;
  const shown = sanitize(String(program ?? ''), { maxChars: reportTextLimit });
  return others.length === 0 ? shown : `${shown} (and ${rest}, hidden)`;
}
