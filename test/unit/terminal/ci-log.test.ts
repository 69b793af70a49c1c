import { describe, expect, test } from 'vitest';
import { ciLogOf, ciSystemOf, plainLog } from '../../../src/terminal/ci-log.ts';
import { rows, wrapped } from '../../../src/terminal/layout.ts';
import { ciLogBehind, styleFor } from '../../../src/terminal/style.ts';

test.each([
  [{ GITHUB_ACTIONS: 'true' }, 'github'],
  [{ GITHUB_ACTIONS: 'true', FORGEJO_ACTIONS: 'true' }, 'github'],
  [{ GITLAB_CI: 'true' }, 'gitlab'],
  [{ TF_BUILD: 'True' }, 'azure-pipelines'],
  [{ BUILDKITE: 'true' }, 'buildkite'],
  [{ GITHUB_ACTIONS: '', GITLAB_CI: 'false' }, undefined],
  [{ CIRCLECI: 'true' }, undefined],
])('%j is the environment of %s', (env, system) => {
  expect(ciSystemOf(env)).toBe(system);
});

const pipe = { isTerminal: false, isFile: false, columns: undefined };

test('a terminal and a file get nothing of a CI system', () => {
  const env = { GITLAB_CI: 'true' };
  expect(ciLogBehind(pipe, env)).toBe('gitlab');
  expect(ciLogBehind({ ...pipe, isFile: true }, env)).toBeUndefined();
  expect(ciLogBehind({ ...pipe, isTerminal: true }, env)).toBeUndefined();
});

test.each([
  ['github', {}, true],
  ['gitlab', { TERM: 'dumb' }, true],
  ['buildkite', {}, true],
  ['azure-pipelines', {}, false],
  [undefined, {}, false],
  ['gitlab', { NO_COLOR: '1' }, false],
  ['gitlab', { FORCE_COLOR: '0' }, false],
] as const)('the log of %s with %j has colors: %s', (system, env, hasColors) => {
  const { colors, width } = styleFor(pipe, env, system);
  expect(colors.bold('x') !== 'x').toBe(hasColors);
  expect(width).toBe(80);
});

const lines = ['100 % wrong: a,b', 'second; line]'];

describe('what each system documents', () => {
  test('GitHub Actions', () => {
    const log = ciLogOf('github', 0);
    expect(log.annotation('error', lines)).toEqual([
      '::error title=dexchange::100 %25 wrong: a,b%0Asecond; line]',
    ]);
    expect(log.annotation('warning', ['x'])).toEqual(['::warning title=dexchange::x']);
    expect(log.section('steps', 'the steps', ['a'])).toEqual([
      '::group::the steps',
      'a',
      '::endgroup::',
    ]);
  });

  test('GitLab', () => {
    const log = ciLogOf('gitlab', 1_795_623_492_900);
    expect(log.annotation('error', lines)).toEqual([]);
    expect(log.section('steps', 'the steps', ['a'])).toEqual([
      '\u001b[0Ksection_start:1795623492:dexchange_steps[collapsed=true]\r\u001b[0Kthe steps',
      'a',
      '\u001b[0Ksection_end:1795623492:dexchange_steps\r\u001b[0K',
    ]);
  });

  test('Azure Pipelines', () => {
    const log = ciLogOf('azure-pipelines', 0);
    expect(log.annotation('error', lines)).toEqual([
      '##vso[task.logissue type=error]100 %AZP25 wrong: a,b; second; line]',
    ]);
    expect(log.section('steps', 'the steps', ['a'])).toEqual([
      '##[group]the steps',
      'a',
      '##[endgroup]',
    ]);
  });

  test('Buildkite', () => {
    const log = ciLogOf('buildkite', 0);
    expect(log.annotation('error', lines)).toEqual([]);
    expect(log.section('steps', 'the steps', ['a'])).toEqual(['--- the steps', 'a']);
    expect(log.rest(['OK'])).toEqual(['+++ dexchange', 'OK']);
  });

  test('all others', () => {
    expect(ciLogOf(undefined, 0)).toBe(plainLog);
    expect(plainLog.annotation('error', lines)).toEqual([]);
    expect(plainLog.section('steps', 'the steps', ['a'])).toEqual(['', 'a']);
  });
});

test('no line of a text begins like a command of GitHub Actions', () => {
  const hostile = 'x ::stop-commands::y ::add-mask::z';
  for (const width of [8, 12, 20, 80]) {
    const all = [...wrapped(hostile, ['', '  '], width), ...rows([[hostile, hostile]], 2, width)];
    for (const line of [...all, ...wrapped('::error::x', ['', ''], width)]) {
      expect(line).not.toMatch(/^\s*::.*::/);
    }
  }
  expect(wrapped('::1 is an address', ['', ''], 80)).toEqual(['::1 is an address']);
});
