import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { binary } from './shipped.ts';

test('the licences of everything in the binary are in a file next to it', () => {
  const text = readFileSync(join(dirname(binary), 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  expect(text.match(/^(@?[\w./-]+) \d+\.\d+\.\d+ \(.+\)$/gm)?.map((l) => l.split(' ')[0])).toEqual(
    expect.arrayContaining(['env-paths', 'jose', 'proper-lockfile', 'undici']),
  );
  expect(text).toContain('Node.js, and the libraries inside it');
  expect(text).toContain('OpenSSL');
});
