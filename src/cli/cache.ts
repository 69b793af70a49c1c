import { nearest } from '../config/nearest.ts';
import type { ParsedArguments } from '../config/parse-arguments.ts';
import { formatDuration } from '../duration.ts';
import { DexchangeError } from '../errors.ts';
import { type DataForm, dataText } from '../kubernetes/data-text.ts';
import { quoteInput, sanitize } from '../sanitize.ts';
import {
  type CacheItem,
  clearCache,
  findCache,
  listCache,
  pruneCache,
} from '../usecases/manage-cache.ts';
import type { CommandRuntime } from './command-runtime.ts';
import { commandSettings } from './command-settings.ts';
import { outputForm } from './commands.ts';

const actions = ['list', 'prune', 'clear', 'path'] as const;

/**
 * `dexchange cache list|prune|clear|path`: manages the cache without decrypting it.
 * @throws DexchangeError usage_argument, setting_*
 */
export async function runCache(parsed: ParsedArguments, runtime: CommandRuntime): Promise<string> {
  const settings = commandSettings('cache', parsed, runtime);
  const [, word, ...prefixes] = parsed.positionals;
  const action = actionNamed(word);
  if (action !== 'clear' && prefixes.length > 0) {
    throw new DexchangeError('usage_argument', `cache ${action} takes no arguments`, {
      hint: `remove ${quoteInput(prefixes.join(' '), 60)}; only cache clear takes keys`,
    });
  }
  const form = outputForm(settings, ['text', 'json', 'yaml']);
  const folder = await findCache(settings, runtime);
  const files = runtime.cacheFiles;
  switch (action) {
    case 'path':
      return form === 'text' ? `${folder}\n` : dataText({ path: folder }, form);
    case 'list': {
      const items = listCache(folder, files, runtime.now());
      return form === 'text' ? textList(items, folder) : dataText(items, form);
    }
    case 'prune':
      return removed(pruneCache(folder, files, runtime.now()), form);
    case 'clear':
      return removed(clearCache(folder, files, prefixes.map(keyPrefix)), form);
  }
}

function actionNamed(word: string | undefined): (typeof actions)[number] {
  const known = actions.find((action) => action === word);
  if (known !== undefined) return known;
  const similar = word === undefined ? undefined : nearest(word, actions);
  throw new DexchangeError(
    'usage_argument',
    word === undefined
      ? 'cache needs an action: list, prune, clear or path'
      : `unknown action ${quoteInput(word, 40)} of cache`,
    {
      hint: similar === undefined ? `use one of ${actions.join(', ')}` : `did you mean ${similar}?`,
    },
  );
}

function keyPrefix(word: string): string {
  if (/^[0-9a-f]{1,32}$/.test(word)) return word;
  throw new DexchangeError('usage_argument', `${quoteInput(word, 40)} is not the start of a key`, {
    hint: 'run `dexchange cache list` to see the keys',
  });
}

function removed(names: readonly string[], form: 'text' | DataForm): string {
  if (form !== 'text') return dataText({ removed: names }, form);
  return `${names.length} file${names.length === 1 ? '' : 's'} removed\n`;
}

function textList(items: readonly CacheItem[], folder: string): string {
  if (items.length === 0) return `the cache in ${sanitize(folder, { maxChars: 500 })} is empty\n`;
  const rows = [
    ['KEY', 'KIND', 'DEX', 'CONNECTOR', 'AGE', 'LEFT', 'BYTES'],
    ...items.map((item) => [
      item.key.slice(0, 12),
      item.kind,
      item.dex,
      item.connector,
      formatDuration(item.ageSeconds * 1000),
      item.remainingSeconds > 0 ? formatDuration(item.remainingSeconds * 1000) : 'none',
      String(item.bytes),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
