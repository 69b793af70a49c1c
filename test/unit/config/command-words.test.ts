import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joinWords, splitWords } from '../../../src/config/command-words.ts';

test.each<[string, readonly string[] | undefined]>([
  ['vault read -field=jwt ci', ['vault', 'read', '-field=jwt', 'ci']],
  ['  a\t b\n', ['a', 'b']],
  ['', []],
  [`say 'two words' "and two"`, ['say', 'two words', 'and two']],
  [`a''b ""`, ['ab', '']],
  [String.raw`a\ b \"c\" \'d\' \\`, ['a b', '"c"', "'d'", '\\']],
  [String.raw`"a \"b\" 'c' \\"`, [String.raw`a "b" 'c' \ `.trim()]],
  [String.raw`'a \n "b"'`, [String.raw`a \n "b"`]],
  [String.raw`C:\Tools\vault.exe read`, [String.raw`C:\Tools\vault.exe`, 'read']],
  [String.raw`"C:\Program Files\vault.exe" read`, [String.raw`C:\Program Files\vault.exe`, 'read']],
  ['echo $HOME `id` $(id) a;b|c>d', ['echo', '$HOME', '`id`', '$(id)', 'a;b|c>d']],
  ['a \\', ['a', '\\']],
  [`a 'b`, undefined],
  [`a "b`, undefined],
  [String.raw`"a\"`, undefined],
])('%j splits into %j', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test('words quoted for a POSIX shell split into the same words', () => {
  const quote = (word: string) => `'${word.replaceAll("'", String.raw`'\''`)}'`;
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      expect(splitWords(words.map(quote).join(' '))).toEqual(words);
    }),
  );
});

test('words in double quotes split into the same words', () => {
  const quote = (word: string) => `"${word.replace(/["\\]/g, String.raw`\$&`)}"`;
  const character = fc.constantFrom('a', ' ', '\t', '"', "'", '\\', '$', '\n');
  fc.assert(
    fc.property(fc.array(fc.string({ unit: character })), (words) => {
      expect(splitWords(words.map(quote).join('\t'))).toEqual(words);
    }),
  );
});

test('joined words split into the same words', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      expect(splitWords(joinWords(words))).toEqual(words);
    }),
  );
});
