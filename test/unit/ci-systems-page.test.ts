import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

// What vendors do changes. Each statement about them has its source and the date of the check.

const page = readFileSync(resolve(import.meta.dirname, '../../docs/ci-systems.md'), 'utf8');
const sections = page
  .split(/^(?=##+ )/m)
  .slice(1)
  .map((text) => ({ title: /^#+ (.*)/.exec(text)?.[1] ?? '', level: text.indexOf(' '), text }));
const start = sections.findIndex(({ title }) => title === 'What each system documents');
const end = sections.findIndex(({ level }, index) => index > start && level === 2);
const facts = sections.slice(start + 1, end).flatMap(({ title, text }) =>
  text
    .split(/^(?=- )/m)
    .slice(1)
    .map((fact) => [title, fact.replaceAll(/\s+/g, ' ').trim()] as const),
);
const source = /\]\(https:\/\/[^)\s]+\)/;
const date = /\b(\d{4}-\d{2}-\d{2})\b/g;

test('the page has facts about each system', () => {
  expect(start).toBeGreaterThan(0);
  expect(end).toBeGreaterThan(start + 10);
  expect(facts.length).toBeGreaterThan(30);
});

/** They speak of dexchange only; the heading of the facts has no text of its own that is one. */
const withoutFacts = ['Where the identity token comes from', 'What each system documents'];

describe.each(sections.filter(({ title }) => !withoutFacts.includes(title)))(
  'section $title',
  ({ text }) => {
    test('has a link to a vendor and a date', () => {
      expect(text).toMatch(source);
      expect(text).toMatch(date);
    });
  },
);

test.each(facts)('%s: %s', (_title, fact) => {
  expect(fact).toMatch(source);
  // At the end, in parentheses after the link.
  const checked = /\((?:.*, )?(\d{4}-\d{2}-\d{2})\)\.$/.exec(fact)?.[1] ?? '';
  expect(Date.parse(checked)).toBeGreaterThanOrEqual(Date.parse('2026-11-01'));
  expect(new Date(checked).toISOString().slice(0, 10)).toBe(checked);
});
