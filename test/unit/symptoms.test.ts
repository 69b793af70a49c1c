import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { symptoms } from '../../scripts/symptoms/page.ts';
import { patternOf } from '../../scripts/symptoms/symptom.ts';
import { troubleshootingPage } from '../../scripts/troubleshooting-page.ts';
import { messagesBy } from '../support/symptoms.ts';
import { root } from './support/sources.ts';

// test/integration/symptoms.test.ts and test/e2e/symptoms.test.ts compare the words with programs.

test('every anchor of docs/troubleshooting.md is there once', () => {
  const anchors = [...troubleshootingPage().matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
  expect(anchors.filter((id, at) => anchors.indexOf(id) !== at)).toEqual([]);
});

test('every message leads to its entry from a table', () => {
  const page = troubleshootingPage();
  for (const { id, title, messages } of symptoms) {
    const rows = page.split('\n').filter((row) => row.endsWith(` | [${title}](#${id}) |`));
    const missing = messages.filter(({ text }) => !rows.some((row) => row.includes(text)));
    expect(missing, id).toEqual([]);
  }
});

test('entries are sentences without a period at the end', () => {
  for (const { id, cause, fix } of symptoms) {
    for (const text of [cause, fix]) expect(text, id).not.toMatch(/^$|\.$/);
  }
});

test('the pattern of a message has kubectl begin as it does, and other programs as they do', () => {
  const text = 'Unable to connect to the server: x509: certificate is valid for …, not … (a.b)';
  const message = { by: ['kubectl', 'helm'], text } as const;
  const said = 'x509: certificate is valid for localhost, not api.example.com (a.b)';
  expect(patternOf(message, 'helm').test(`Error: Get "https://127.0.0.1": ${said}`)).toBe(true);
  expect(patternOf(message, 'kubectl').test(said)).toBe(false);
  expect(patternOf(message, 'helm').test(said.replace('a.b', 'acb'))).toBe(false);
});

test('what the loader says is compared with the real binary by other tests', () => {
  const tests = ['test/targets/linux.test.ts', 'test/e2e/alpine.test.ts']
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  const messages = messagesBy(['the loader']);
  expect(messages.length).toBeGreaterThan(1);
  for (const { message } of messages) {
    expect(tests).toContain(message.text.replace(/: No such file or directory$/, ''));
  }
});
