import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { checkUsage, commandNamed } from '../../src/cli/commands.ts';
import { parseArguments } from '../../src/config/parse-arguments.ts';
import { resolveSettings } from '../../src/config/resolve.ts';
import { callsIn, textsOf } from '../support/dexchange-calls.ts';
import { type PageBlock, pageBlocks } from '../support/page-blocks.ts';

// Cheap checks of what the pages print; the end-to-end tests run it.

const pages = [
  'README.md',
  ...readdirSync(resolve(import.meta.dirname, '../../docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

function callsOf({ language, body }: PageBlock): readonly (readonly string[])[] {
  if (language === 'shell') return callsIn(body);
  // Reports are in blocks without a language.
  if (language !== 'yaml') return [];
  return parseAllDocuments(body).flatMap((document) => {
    expect([...document.errors, ...document.warnings]).toEqual([]);
    return textsOf(document.toJS()).flatMap(callsIn);
  });
}

const calls = pages.flatMap((page) =>
  pageBlocks(page).flatMap((block) => callsOf(block).map((words) => [page, words] as const)),
);

test('there are calls in the pages, and many in README.md and docs/migrate.md', () => {
  expect(calls.length).toBeGreaterThan(60);
  for (const [page, most] of [
    ['README.md', 4],
    ['docs/migrate.md', 7],
  ] as const) {
    expect(calls.filter(([of]) => of === page).length).toBeGreaterThanOrEqual(most);
  }
});

test.each(calls)('%s: dexchange %j is a valid command line', (_page, words) => {
  const parsed = parseArguments(
    words.filter((word) => word !== '…').map((word) => word.replaceAll(/\$\{?\w+\}?/g, 'x')),
  );
  const [name = '', ...operands] = parsed.positionals;
  const command = commandNamed(name);
  checkUsage(command, parsed.flags, name === 'exec' ? [] : operands);
  expect(() => resolveSettings({ flags: parsed.flags, env: {}, clusterConfig: {} })).not.toThrow();
});
