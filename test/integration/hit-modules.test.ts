import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { startDex } from '../support/dex.ts';
import { freshFolder } from '../support/dexchange.ts';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

test('a hit loads only the listed modules', async () => {
  const home = freshFolder();
  onTestFinished(home.remove);
  const dex = await startDex();
  onTestFinished(dex.close);
  const out = join(home.path, 'modules.json');

  const call = async () => {
    await run(
      process.execPath,
      [
        `--import=${pathToFileURL(join(root, 'test/support/record-modules.mjs')).href}`,
        join(root, 'src/main.ts'),
        ...['get-token', '--dex-url', dex.issuer, '--connector-id=mock'],
        '--client-id=dex-client-ci-token-exchange@d8-user-authn',
      ],
      {
        env: {
          HOME: home.path,
          SUBJECT_TOKEN: 'any',
          DEXCHANGE_CLIENT_SECRET: 's3cr+t%2F=&:x',
          DEXCHANGE_TEST_MODULES: out,
        },
      },
    );
    const { builtin, files } = JSON.parse(readFileSync(out, 'utf8')) as {
      builtin: string[];
      files: string[];
    };
    const base = pathToFileURL(root).href;
    return {
      builtin,
      files: files
        .filter((url) => url.startsWith('file:'))
        .map((url) => url.slice(base.length + 1))
        .sort(),
    };
  };

  const miss = await call();
  // Proves that the recording works: a miss loads modules that a hit must not load.
  expect(miss.files.some((file) => file.startsWith('node_modules/undici/'))).toBe(true);
  expect(miss.builtin).toContain('NativeModule tls');

  const hit = await call();
  expect(dex.tokenRequests()).toHaveLength(1);
  // As ES modules, node:util and node:process load the modules behind their getters, such as net
  // and worker_threads. The bundle reads single properties, so it does not load them.
  const network = /\b(tls|_http_|https|http2|dns|zlib|child_process|undici)/;
  expect(hit.builtin.filter((name) => network.test(name))).toEqual([]);
  // On other systems than Linux, env-paths finds the cache folder; see platform-folders.ts.
  const elsewhere = /^node_modules\/(env-paths|is-safe-filename)\//;
  const files = hit.files.filter((file) => process.platform === 'linux' || !elsewhere.test(file));
  await expect(files.join('\n')).toMatchFileSnapshot('hit-modules.txt');
});
