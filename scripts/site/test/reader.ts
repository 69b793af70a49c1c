import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** A person with a browser, and what the browser complains about. */
export interface Reader {
  readonly page: Page;
  /** Requests to other servers, failed requests, errors of scripts and warnings of the console. */
  readonly complaints: readonly string[];
}

/** Opens a page for reading a site. Requests to other servers get no answer. */
export async function newReader(
  browser: Browser,
  siteUrl: string,
  options?: BrowserContextOptions,
): Promise<Reader> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  await page.route(
    (url) => !url.href.startsWith(siteUrl) && url.protocol !== 'data:',
    (route) => {
      complaints.push(`request to ${route.request().url()}`);
      return route.abort();
    },
  );
  page.on('response', (response) => {
    if (!response.ok()) complaints.push(`${response.status()} for ${response.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  return { page, complaints };
}

/** What the search finds: the headings that lead to a result, and its address. */
export interface Found {
  readonly path: string;
  readonly href: string;
}

/** Opens the search with the keyboard and types a query. A page can do that once. */
export async function searchFor(page: Page, query: string): Promise<readonly Found[]> {
  await page.keyboard.press('Control+k');
  await page.fill('#localsearch-input', query);
  const results = page.locator('.VPLocalSearchBox .result');
  await results.first().waitFor();
  return await results.evaluateAll((links) =>
    links.map((link) => ({
      path: [...link.querySelectorAll('.title')]
        .map((title) => title.textContent?.trim())
        .join(' > '),
      href: link.getAttribute('href') ?? '',
    })),
  );
}
