import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { execCredential, freshFolder } from '../support/dexchange.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { assetRange } from './assets.ts';
import { binary } from './shipped.ts';
import { startTokenCall, type TokenCall } from './token-call.ts';

let call: TokenCall;

beforeAll(async () => {
  call = await startTokenCall();
});
afterAll(() => call.dex.close());

/** Creates a home folder whose cache contains the credential of the call. */
async function cacheWithEntry(): Promise<string> {
  const home = freshFolder();
  onTestFinished(home.remove);
  const ended = await runToEnd(binary, call.args, { env: { ...call.env, HOME: home.path } });
  execCredential(ended);
  return home.path;
}

const runBundle = resolve(import.meta.dirname, '../support/run-bundle.cjs');

// The list is that of Linux: on other systems env-paths and its dependencies are loaded too.
test.runIf(process.platform === 'linux')(
  'a hit loads only the listed built-in modules',
  async () => {
    const home = await cacheWithEntry();
    const bytes = readFileSync(binary);
    const { start: from, end } = assetRange(bytes, 'main.js');
    const script = join(home, 'main.js');
    writeFileSync(script, bytes.subarray(from, end));
    const out = join(home, 'modules.json');
    const env = { ...call.env, HOME: home, KUBERNETES_EXEC_INFO: '{}' };

    const requests = call.dex.tokenRequests().length;
    const ended = await runToEnd(process.execPath, [runBundle, script, out, ...call.args], { env });
    execCredential(ended);
    expect(call.dex.tokenRequests()).toHaveLength(requests);
    const { required, loaded } = JSON.parse(readFileSync(out, 'utf8')) as {
      required: string[];
      loaded: string[];
    };
    // dexchange:network, the other script, is not among them.
    expect(required.sort()).toEqual(['node:crypto', 'node:fs', 'node:path']);
    const list = loaded.map((name) => name.replace(/^NativeModule /, '')).sort();
    await expect(list.join('\n')).toMatchFileSnapshot('hit-builtins.txt');
  },
);

test.skipIf(process.platform === 'darwin')('a hit does not load the network script', async () => {
  const home = await cacheWithEntry();
  const bytes = readFileSync(binary);
  for (const name of ['network.js', 'network.cache']) {
    const { start: from, end } = assetRange(bytes, name);
    bytes.fill('(', from, end);
  }
  const program = join(home, 'without');
  writeFileSync(program, bytes, { mode: 0o755 });

  const env = { ...call.env, HOME: home };
  execCredential(await runToEnd(program, call.args, { env }));
  // Proves that the script is unusable: a miss needs it.
  const miss = await runToEnd(program, [...call.args, '--no-cache'], { env });
  expect(miss).toMatchObject({ code: 1, stdout: '' });
});
