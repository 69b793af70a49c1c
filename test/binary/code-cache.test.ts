import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freshFolder } from '../support/dexchange.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { assetRange } from './assets.ts';
import { binary } from './shipped.ts';
import { startTokenCall, type TokenCall } from './token-call.ts';

let call: TokenCall;

beforeAll(async () => {
  call = await startTokenCall();
});
afterAll(() => call.dex.close());

/** The debug lines of a miss: it runs the main script and the rest. */
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

// So that silence in the test above means what it should.
test.skipIf(process.platform === 'darwin')('a rejected code cache is told under -v', async () => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  const bytes = readFileSync(binary);
  const { start: cache } = assetRange(bytes, 'network.cache');
  // V8 begins a code cache with a magic number, its version, the source's length and its flags.
  const beginning = bytes.subarray(cache, cache + 8);
  let spoilt = 0;
  for (let at = blobStart(bytes, cache); ; spoilt += 1) {
    at = bytes.indexOf(beginning, at + 1);
    if (at < 0) break;
    bytes.writeUInt32LE(~bytes.readUInt32LE(at + 12) >>> 0, at + 12);
  }
  const program = join(folder.path, 'spoilt');
  writeFileSync(program, bytes, { mode: 0o755 });

  // Those of the other scripts, which a miss does not load, are there as well.
  expect(spoilt).toBeGreaterThan(3);
  expect((await linesOfMiss(program)).sort()).toEqual([
    'debug: warning: Code cache data rejected: network+others.js',
    'debug: warning: Code cache data rejected: network.js',
    'debug: warning: Code cache data rejected: main.js',
  ]);
});

/** Where the blob begins that Node looks for in itself; before it are the caches of Node's own. */
function blobStart(bytes: Buffer, within: number): number {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(0x143da20);
  return bytes.lastIndexOf(magic, within);
}
