import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { compressApk } from '../../../scripts/release/compress-apk.ts';

const data = Buffer.from('usr/bin/dexchange '.repeat(10_000));

function control(compressed: Buffer): Buffer {
  const hash = createHash('sha256').update(compressed).digest('hex');
  return Buffer.from(`pkgname = dexchange\ndatahash = ${hash}\nsize = 1\n`);
}

test('a package becomes smaller, and names the hash of its new data', () => {
  const fast = gzipSync(data, { level: 1 });
  const apk = Buffer.concat([gzipSync(control(fast), { level: 1 }), fast]);
  const compressed = compressApk(apk);
  const best = gzipSync(data, { level: 9 });
  expect(best.length).toBeLessThan(fast.length);
  expect(compressed.subarray(-best.length)).toEqual(best);
  expect(gunzipSync(compressed)).toEqual(Buffer.concat([control(best), data]));
});

test.each([
  ['an archive', gzipSync(data), 'two gzip streams'],
  ['a signed package', Buffer.concat([gzipSync(''), gzipSync(''), gzipSync('')]), 'two gzip'],
  ['another hash', Buffer.concat([gzipSync(control(data)), gzipSync(data)]), 'the hash'],
  ['another file', Buffer.from('!<arch>\ndebian-binary'), 'not a plain gzip stream'],
])('%s is rejected', (_what, file, message) => {
  expect(() => compressApk(file)).toThrow(message);
});
