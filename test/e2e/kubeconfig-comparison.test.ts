import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generatedKubeconfigs } from '../fuzz/kubeconfig-generator.ts';
import { compareKubeconfigs, type KubeconfigComparison } from '../support/kubeconfig-reader.ts';
import { buildGoClient } from './harness/build.ts';

let comparison: KubeconfigComparison;
beforeAll(async () => {
  comparison = await compareKubeconfigs(await buildGoClient('kubeconfig-reader'));
});
afterAll(() => comparison.close());

test('5,000 generated kubeconfigs are read as by kubectl', async () => {
  const seed = Date.now() % 2 ** 31;
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(generatedKubeconfigs, async (given) => {
      const { difference, kubectl } = await comparison.compare(given);
      if (kubectl.refused === undefined) accepted += 1;
      expect(difference).toBeUndefined();
    }),
    { seed, numRuns: 5000, interruptAfterTimeLimit: 120_000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
