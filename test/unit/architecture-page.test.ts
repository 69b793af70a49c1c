import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { files, folders, layers, platform, root } from './support/sources.ts';

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const page = read('docs/architecture.md');

/** The text between a heading and the next of the same or a higher level. */
function sectionOf(heading: string): string {
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const [, rest] = page.split(`\n${heading}\n`);
  if (rest === undefined) throw new Error(`docs/architecture.md has no heading ${heading}`);
  return rest.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
}

/** The text of the first code block in a section. */
function blockIn(heading: string): string {
  return /^```\n([\s\S]*?)^```/m.exec(sectionOf(heading))?.[1] ?? '';
}

/** The numbered steps in a section, each on one line. */
function stepsIn(heading: string): readonly string[] {
  return sectionOf(heading)
    .split(/^(?=\d+\. )/m)
    .filter((step) => /^\d/.test(step))
    .map((step) => step.replaceAll(/\s+/g, ' '));
}

/** The paths of the project that a text names in backticks. */
function pathsIn(text: string): readonly string[] {
  return [...text.matchAll(/`((?:src|test|scripts|docs)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  );
}

test('docs/architecture.md states the same rule as the architecture tests', () => {
  const row = (names: readonly string[]): string =>
    names.length === 1 ? String(names[0]) : `{ ${names.join(', ')} }`;
  const [first, ...others] = blockIn('## The rule').replaceAll(/\n +/g, ' ').split('\n');
  expect(first).toBe(layers.map(row).join(' -> '));
  expect(others).toContain(`${platform} -> ground`);
});

test('the tree has a line for each folder of src and each file next to main.ts', () => {
  const [top, ...lines] = blockIn('## The folders').trimEnd().split('\n');
  expect(top).toBe('src/');
  const parents: string[] = [];
  const listed = lines.map((line) => {
    const [, indent = '', name = ''] = /^((?: {2})+)(\S+) +\S/.exec(line) ?? [];
    parents.length = indent.length / 2 - 1;
    parents.push(name);
    return parents.join('');
  });
  const inGround = files.filter((file) => !file.includes('/'));
  expect([...listed].sort()).toEqual([...folders.map((name) => `${name}/`), ...inGround].sort());
});

test('every path in docs/architecture.md exists', () => {
  expect(pathsIn(page).length).toBeGreaterThan(100);
  expect(pathsIn(page).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  // No path escapes the check for want of backticks.
  const bare = page.replaceAll(/`[^`\n]*`/g, '').match(/\b(?:src|test|scripts)\/[\w./-]+/g);
  expect(bare ?? []).toEqual([]);
});

test('every link in docs/architecture.md points to an existing file', () => {
  const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = '']) => target);
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter((link) => !existsSync(resolve(root, 'docs', link)))).toEqual([]);
});

describe('the table of questions', () => {
  const rows = sectionOf('## Where is it?')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('?'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

  test('has rows', () => {
    expect(rows.length).toBeGreaterThanOrEqual(10);
  });

  test.each(rows.map(([, question = '', file = '', name = '']) => [question, file, name]))(
    '%s %s has %s',
    (_question, file, name) => {
      expect(read(file)).toMatch(new RegExp(`\\b${name}\\b`));
    },
  );
});

describe('the way of a call', () => {
  const onHit = read('test/integration/hit-modules.txt').split('\n');

  test('goes on a hit through at most ten files, which a hit does load', () => {
    const steps = stepsIn('### A hit');
    expect(steps.length).toBeGreaterThan(5);
    expect(steps.length).toBeLessThanOrEqual(10);
    const named = steps.flatMap(pathsIn).filter((path) => path.endsWith('.ts'));
    expect(named.filter((path) => !onHit.includes(path))).toEqual([]);
  });

  test('starts each step with its file', () => {
    for (const heading of ['### A hit', '### A miss', '### kubectl gets 401']) {
      expect(stepsIn(heading).filter((step) => !/^\d+\. `src\/[^`]+\.ts` /.test(step))).toEqual([]);
    }
  });

  test('comes on a miss to files that a hit does not load', () => {
    const named = stepsIn('### A miss').flatMap(pathsIn);
    expect(named.filter((path) => !onHit.includes(path)).length).toBeGreaterThan(8);
  });
});

test('docs/architecture.md lists exactly the files of compose/', () => {
  const parts = [...sectionOf('## What is loaded when').matchAll(/^\| `([^`]+)` \|/gm)];
  expect(parts.map(([, file]) => file).sort()).toEqual(
    files.filter((file) => dirname(file) === 'compose').map((file) => `src/${file}`),
  );
});

test('CONTRIBUTING.md links to docs/architecture.md and names only existing files', () => {
  const text = read('CONTRIBUTING.md');
  expect(text).toContain('(docs/architecture.md)');
  expect(pathsIn(text).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});
