import type { Found } from '../config/resolve.ts';
import type { Setting } from '../config/setting.ts';
import { sanitize } from '../sanitize.ts';
import { reveal, Secret } from '../secret.ts';
import { shownUrl } from './shown-url.ts';
import { durationWords } from './time-words.ts';
import { uncut } from './uncut.ts';

/**
 * A setting's value as a report may show it: secrets hidden, of a parameter `KEY=VALUE` the key
 * alone, of a command line the program alone, of a URL neither user part nor query.
 */
export function shownSetting(setting: Setting, { value }: Found): string {
  if (setting.type === 'list' && Array.isArray(value)) {
    return value.map((item: string | Secret) => shownItem(setting, item)).join(' ');
  }
  if (value instanceof Secret) return '(secret, hidden)';
  switch (setting.type) {
    case 'command':
      return shownCommand(Array.isArray(value) ? value : []);
    case 'url':
      return shownUrl(String(value));
    case 'duration':
      return durationWords(Number(value));
    default:
      if (setting.placeholder === 'BASE64') return `${String(value).length} characters of base64`;
      return sanitize(String(value), { maxChars: uncut });
  }
}

function shownItem(setting: Setting, item: string | Secret): string {
  const text = reveal(item);
  if (setting.secret !== true) return sanitize(text, { maxChars: uncut });
  const at = text.indexOf('=');
  return at < 1 ? '(hidden)' : `${sanitize(text.slice(0, at), { maxChars: uncut })}=(hidden)`;
}

function shownCommand(words: readonly unknown[]): string {
  const [program, ...others] = words;
  const rest = others.length === 1 ? '1 word' : `${others.length} words`;
  const shown = sanitize(String(program ?? ''), { maxChars: uncut });
  return others.length === 0 ? shown : `${shown} (and ${rest}, hidden)`;
}
