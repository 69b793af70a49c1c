import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { xdgFolders } from '../../../src/platform/platform-folders.ts';

// env-paths reads the home folder once, so each environment needs a process of its own.
const script = `import envPaths from 'env-paths';
const { cache, data } = envPaths('dexchange', { suffix: '' });
console.log(JSON.stringify({ cache, data }));`;

const environments: readonly Readonly<Record<string, string>>[] = [
  { HOME: '/home/ci' },
  { HOME: '/home/ci/' },
  { HOME: '/' },
  { HOME: 'relative' },
  { HOME: '/home/../root//x/.' },
  { HOME: '/home/with space/ü' },
  { HOME: '/home/ci', XDG_CACHE_HOME: '/builds/cache' },
  { HOME: '/home/ci', XDG_CACHE_HOME: '/builds/cache/', XDG_DATA_HOME: '/builds/data' },
  { HOME: '/home/ci', XDG_CACHE_HOME: '', XDG_DATA_HOME: '' },
];

test.runIf(process.platform === 'linux').each(environments)(
  'on Linux %j gives the folders that env-paths gives',
  async (env) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { env },
    );
    expect(xdgFolders(env)).toEqual(JSON.parse(stdout));
  },
);

test('without HOME, env-paths determines the folders', () => {
  expect(xdgFolders({})).toBeUndefined();
  expect(xdgFolders({ HOME: '' })).toBeUndefined();
});

test('relative XDG folders are ignored, as the specification requires', () => {
  const env = { HOME: '/home/ci', XDG_DATA_HOME: 'relative', XDG_CACHE_HOME: './cache' };
  expect(xdgFolders(env)).toEqual(xdgFolders({ HOME: '/home/ci' }));
});
