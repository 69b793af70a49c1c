import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { troubleshootingPage } from '../troubleshooting-page.ts';
import { phraseFiles } from './all-phrases.ts';
import { type TranslatedPage, translatePage } from './translate-page.ts';

// Generates docs/ru/troubleshooting.md from the English page and the phrases.

/** Returns docs/ru/troubleshooting.md. A text that has no Russian yet stays English. */
export function russianTroubleshooting(): TranslatedPage {
  return translatePage(troubleshootingPage(), Object.assign({}, ...phraseFiles));
}

if (import.meta.main) {
  const path = resolve(import.meta.dirname, '../../docs/ru/troubleshooting.md');
  const { markdown, missing } = russianTroubleshooting();
  writeFileSync(path, markdown);
  for (const text of missing) console.error(`scripts/russian/phrases: no Russian for: ${text}`);
}
