import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitMeanings, manPages } from '../../../scripts/man-pages.ts';
import { commands } from '../../../src/cli/commands.ts';
import { belongsTo } from '../../../src/config/setting.ts';
import { settings } from '../../../src/config/table.ts';
import { exitCodes } from '../../../src/errors.ts';

const pages = manPages('1.2.3');
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;

/** What a reader sees, without groff: the escapes of the pages. */
function plain(roff: string): string {
  const named = new Map([
    ['-', '-'],
    ['e', '\\'],
    ['&', ''],
    ['(dq', '"'],
    ['(aq', "'"],
    ['(ga', '`'],
    ['(ha', '^'],
    ['(ti', '~'],
  ]);
  return roff
    .replaceAll(/\\\[u([0-9A-F]+)\]/g, (_, hex: string) =>
      String.fromCodePoint(Number.parseInt(hex, 16)),
    )
    .replaceAll(/\\(\(..|.)/g, (all, name: string) => named.get(name) ?? `?${all}`);
}

test('there is a page for the program and for each command', () => {
  expect([...pages.keys()]).toEqual([
    'dexchange.1',
    ...commands.map(({ name }) => `dexchange-${name}.1`),
  ]);
});

describe.each([...pages])('%s', (name, text) => {
  test('has the structure of a page, and only known requests and escapes', () => {
    const lines = text.trimEnd().split('\n');
    expect(lines[0]).toBe(
      `.TH "${name.replace('.1', '').toUpperCase().replaceAll('-', '\\-')}" 1 "" "dexchange 1.2.3" "dexchange"`,
    );
    expect(lines.slice(1, 4)).toEqual(['.nh', '.ad l', '.SH "NAME"']);
    expect(text).toMatch(/^\.SH "SYNOPSIS"$/m);
    const requests = lines.filter((line) => /^[.']/.test(line)).map((line) => line.split(' ')[0]);
    expect(
      [...new Set(requests)].filter(
        (each) => !/^\.(TH|SH|SS|TP|PP|B|I|BR|br|nf|fi|nh|ad)$/.test(each ?? ''),
      ),
    ).toEqual([]);
    expect(plain(text)).not.toContain('?\\');
    expect(text).toMatch(/^[\n -~]*$/);
  });

  test.runIf(has('groff'))('is formatted without a warning', () => {
    const ran = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-rHY=0', '-'], {
      input: text,
      encoding: 'utf8',
    });
    expect(ran).toMatchObject({ status: 0, stderr: '' });
  });
});

test.each(commands.map(({ name }) => name))('the page of %s has each of its flags', (command) => {
  const page = plain(pages.get(`dexchange-${command}.1`) ?? '');
  for (const [name, row] of settings) {
    if (belongsTo(row, command))
      expect(page).toMatch(new RegExp(`^\\.B "(-., )?--${name}\\b`, 'm'));
  }
});

test('every exit code has its meaning, which docs/errors.md says too', () => {
  expect(Object.keys(exitMeanings).map(Number)).toEqual(
    [...new Set([0, ...Object.values(exitCodes)])].sort((a, b) => a - b),
  );
  const text = readFileSync(resolve(import.meta.dirname, '../../../docs/errors.md'), 'utf8');
  for (const [code, meaning] of Object.entries(exitMeanings)) {
    expect(text).toContain(`| ${code} | ${meaning} |`);
  }
});

test('examples can be copied', () => {
  const page = plain(pages.get('dexchange-completion.1') ?? '');
  expect(page).toContain(`  printf '#!/bin/sh\\nexec kubectl-dexchange __complete "$@"\\n' \\\n`);
});
