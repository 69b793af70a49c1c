import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { troubleshootingPage } from '../../../scripts/troubleshooting-page.ts';
import { type ErrorCode, exitCodes } from '../../../src/errors.ts';
import { allRules } from '../../../src/explain/rules/all-rules.ts';
import { placeholders } from '../../../src/explain/rules/names.ts';
import { textOf } from '../../../src/explain/rules/rule.ts';

test('docs/troubleshooting.md is generated from the rules (npm run docs)', () => {
  const page = readFileSync(
    resolve(import.meta.dirname, '../../../docs/troubleshooting.md'),
    'utf8',
  );
  expect(page).toBe(troubleshootingPage());
});

test('the ids of rules, and of the causes of a rule, are unique', () => {
  const ids = allRules.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { causes } of allRules) {
    const names = causes.map(({ id }) => id);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(0);
  }
});

test('every error is explained by a rule', () => {
  const explained = new Set(allRules.flatMap(({ codes }) => codes ?? []));
  const codes = Object.keys(exitCodes) as ErrorCode[];
  expect(codes.filter((code) => !explained.has(code))).toEqual([]);
});

test('every rule is triggered by a test', () => {
  const read = (file: string) => readFileSync(resolve(import.meta.dirname, '../..', file), 'utf8');
  const tests = [
    'integration/cli/explain.test.ts',
    'integration/cli/explain-rules.test.ts',
    'e2e/explain.test.ts',
    'e2e/broken-setups.test.ts',
  ].map(read);
  const untested = allRules.filter(({ id }) => !tests.some((text) => text.includes(`'${id}'`)));
  // A test cannot trigger a bug that is not known.
  expect(untested.map(({ id }) => id)).toEqual(['internal-error']);
});

describe.each(allRules)('rule $id', ({ causes }) => {
  test.each(causes)(
    '$id has texts without a period at the end, and names the log',
    ({ cause, check, fix, log }) => {
      for (const text of [cause, check, fix]) {
        const said = textOf(text, placeholders);
        expect(said).not.toBe('');
        expect(said).not.toMatch(/undefined|\.$/);
      }
      if (log !== undefined) expect(log).toMatch(/^(Dex|Keycloak|kube-apiserver|the audit log)/);
    },
  );
});
