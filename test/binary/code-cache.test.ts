import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freshFolder } from '../support/dexchange.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { assetRange, blobStart } from './assets.ts';
import { binary } from './shipped.ts';
import { startTokenCall, type TokenCall } from './token-call.ts';

let call: TokenCall;

beforeAll(async () => {
  call = await startTokenCall();
});
afterAll(() => call.dex.close());

/** The debug lines of a miss, which runs the main script and the network script. */
async function linesOfMiss(program: string): Promise<string[]> {
  const { code, stderr } = await runToEnd(program, [...call.args, '--no-cache', '-v'], {
    env: call.env,
  });
  expect(code).toBe(0);
  return stderr.split('\n').filter((line) => line.includes('Code cache'));
}

test('V8 accepts the code cache of every script', async () => {
  expect(await linesOfMiss(binary)).toEqual([]);
});

// Proves that the test above can fail.
test.skipIf(process.platform === 'darwin')(
  'a rejected code cache is reported with -v',
  async () => {
    const folder = freshFolder();
    onTestFinished(folder.remove);
    const bytes = readFileSync(binary);
    const { start: cache } = assetRange(bytes, 'network.cache');
    // A code cache starts with a magic number, the V8 version, the source length and the flags.
    const beginning = bytes.subarray(cache, cache + 8);
    let damaged = 0;
    for (let at = blobStart(bytes, cache); ; damaged += 1) {
      at = bytes.indexOf(beginning, at + 1);
      if (at < 0) break;
      bytes.writeUInt32LE(~bytes.readUInt32LE(at + 12) >>> 0, at + 12);
    }
    const program = join(folder.path, 'damaged');
    writeFileSync(program, bytes, { mode: 0o755 });

    // The binary also contains the caches of the scripts that a miss does not load.
    expect(damaged).toBeGreaterThan(3);
    expect((await linesOfMiss(program)).sort()).toEqual([
      'debug: warning: Code cache data rejected: main.js',
      'debug: warning: Code cache data rejected: network+others.js',
      'debug: warning: Code cache data rejected: network.js',
    ]);
  },
);
