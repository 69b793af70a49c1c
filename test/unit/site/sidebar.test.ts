import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { siteContent } from '../../../scripts/site/pages.ts';
import { sidebar, topDocuments } from '../../../scripts/site/sidebar.ts';

const root = resolve(import.meta.dirname, '../../..');
const listed = sidebar.flatMap(({ documents }) => Object.keys(documents));

test('every document of the root and of docs is in the sidebar (scripts/site/sidebar.ts)', () => {
  const documents = siteContent(root)
    .pages.filter(({ language, kind }) => language === 'en' && kind === 'document')
    .map(({ source }) => source)
    .filter((source) => /^(?:docs\/)?[^/]+$/.test(source));
  expect(documents.length).toBeGreaterThan(15);
  expect(documents.filter((source) => !listed.includes(source))).toEqual([]);
});

test('no document is in the sidebar twice, and those at the top are in it', () => {
  expect(listed.filter((source, index) => listed.indexOf(source) !== index)).toEqual([]);
  expect(topDocuments.filter((source) => !listed.includes(source))).toEqual([]);
});
