import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { siteContent } from '../pages.ts';
import { type SiteServer, serveSite } from '../serve-site.ts';
import { browserPath, startBrowser } from './browser.ts';
import { newReader, searchFor } from './reader.ts';

// Reads dist/site, which `npm run test:site` has built, as a person does.

const root = resolve(import.meta.dirname, '../../..');
const out = resolve(root, 'dist/site');
const addresses = siteContent(root)
  .pages.filter(({ kind }) => kind === 'document')
  .map(({ file }) => file.replace(/(?:index)?\.md$/, (end) => (end === '.md' ? '.html' : '')));

let server: SiteServer;
let browser: Browser;

beforeEach(({ skip }) => {
  if (process.env['CI'] === undefined) skip(browserPath === undefined, 'not installed: chromium');
});
beforeAll(async () => {
  server = await serveSite({ out, base: '/' }, 0);
  if (browserPath !== undefined) browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  server.close();
});

describe.each([
  ['a desktop', { viewport: { width: 1400, height: 900 }, colorScheme: 'light' }],
  ['a phone', { viewport: { width: 390, height: 800 }, colorScheme: 'dark' }],
] as const)('on %s', (_, options) => {
  test('every document is shown, fits, and needs no other server', async () => {
    const { page, complaints } = await newReader(browser, server.url, options);
    expect(addresses.length).toBeGreaterThan(15);
    for (const address of addresses) {
      await page.goto(`${server.url}${address}`);
      // Vue has taken over the page that the server sent.
      await page.waitForFunction(() => '__vue_app__' in (document.querySelector('#app') ?? {}));
      expect(await page.locator('.vp-doc h1').count(), address).toBe(1);
      const tooWide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(tooWide, `${address} is wider than the window`).toBe(0);
    }
    expect(complaints).toEqual([]);
  });
});

test.each([
  ['x509: certificate signed by unknown authority', /troubleshooting\.html#/],
  [
    'Unable to connect to the server: getting credentials: exec: executable dexchange not found',
    /troubleshooting\.html#/,
  ],
  ['dex_connector_unknown', /errors\.html#dex_connector_unknown$/],
  ['SYSTEM_OIDCREQUESTURI', /ci-systems\.html|azure-pipelines/],
])('the search for %s leads to its place', async (query, place) => {
  const { page, complaints } = await newReader(browser, server.url);
  await page.goto(server.url, { waitUntil: 'networkidle' });
  const [first] = await searchFor(page, query);
  expect(first?.href).toMatch(place);
  expect(await page.inputValue('#localsearch-input')).toBe(query);
  await page.keyboard.press('Enter');
  await page.waitForURL(place);
  await page.locator('.vp-doc h1').waitFor();
  expect(complaints).toEqual([]);
});

test('an address without a page shows the way back', async () => {
  const { page } = await newReader(browser, server.url);
  const response = await page.goto(`${server.url}lost.html`);
  expect(response?.status()).toBe(404);
  await page.locator('.NotFound a').click();
  await page.waitForURL(server.url);
});
