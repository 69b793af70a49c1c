import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { bundle } from '../../../scripts/package/bundle.ts';

test('the homepage of package.json is in the bundle, for the hint of kubeconfigs', async () => {
  const root = resolve(import.meta.dirname, '../../..');
  const homepage = 'https://dexchange.example.com/install';
  const { scripts } = await bundle({
    root,
    identity: { version: '1.2.3', commit: null, target: 'linux-x64', homepage },
    codeCaches: 'none',
  });
  const found = [...scripts].filter(([, text]) => text.includes(homepage)).map(([name]) => name);
  expect(found).toEqual(['commands']);
});
