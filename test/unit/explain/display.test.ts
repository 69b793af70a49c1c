import { expect, test } from 'vitest';
import { cleanJson, displayUrl, limitedList } from '../../../src/explain/display.ts';

test.each([
  ['https://dex.example.com', 'https://dex.example.com'],
  ['https://dex.example.com/', 'https://dex.example.com/'],
  ['https://user:password@dex.example.com/a?code=s3cret', 'https://…@dex.example.com/a?…'],
  ['not a url //user:password@host', 'not a url //…@host'],
])('%s is displayed as %s', (url, text) => {
  expect(displayUrl(url)).toBe(text);
});

test('untrusted JSON is sanitized and limited', () => {
  expect(cleanJson({ list: ['a\n b', 1, null], many: Array(1001).fill(0) })).toEqual({
    list: ['a b', 1, null],
    many: [...Array(1000).fill(0), '… and 1 more'],
  });
  const deep = JSON.parse(`${'['.repeat(20)}${']'.repeat(20)}`);
  expect(JSON.stringify(cleanJson(deep))).toBe(`${'['.repeat(8)}"…"${']'.repeat(8)}`);
  expect(JSON.stringify(cleanJson({ 'a\u001b[31m': 'b\u001b' }))).not.toContain('\\u001b');
});

test('a list in a report has at most 1000 items, and the number of the others', () => {
  const items = Array.from({ length: 10_000 }, (_, index) => `group-${index}`);
  const limited = limitedList(items);
  expect(limited).toHaveLength(1001);
  expect(limited.at(-1)).toBe('… and 9000 more');
  expect(limitedList(items.slice(0, 1000))).toEqual(items.slice(0, 1000));
});
