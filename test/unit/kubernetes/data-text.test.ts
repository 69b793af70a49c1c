import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { dataText } from '../../../src/kubernetes/data-text.ts';
import { ambiguousScalars } from '../../support/ambiguous-scalars.ts';

const value = {
  text: 'plain',
  count: 3,
  absent: null,
  left: undefined,
  list: [{ on: true }, []],
  lines: 'one\ntwo\n',
  // What YAML forbids or takes for the end of a line, a lone half of a character, and quotes.
  odd: ['\u0000\u0007', 'a\u0085b', 'a\u2028b', '\ud800', 'a\ufeff"b\\', '\u{1f680}'],
  '\u2029key': 'x',
  ...Object.fromEntries(ambiguousScalars.map((text, index) => [`text${index}`, text])),
};

test('json and yaml hold the same', () => {
  const json = dataText(value, 'json');
  expect(json).toBe(`${JSON.stringify(value, null, 2)}\n`);
  const yaml = dataText(value, 'yaml');
  for (const version of ['1.1', '1.2'] as const) {
    expect(parse(yaml, { version })).toEqual(JSON.parse(json));
  }
  expect(yaml).toMatch(/^text: plain$/m);
});

test('yaml has only characters that each reader accepts', () => {
  const yaml = dataText(value, 'yaml');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
  expect(yaml).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/);
  expect(yaml).toContain('"a\\u0085b"');
});
