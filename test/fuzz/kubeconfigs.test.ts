import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type KubeconfigFolder,
  kubeconfigFolder,
  readByDexchange,
} from '../support/kubeconfig-reader.ts';
import { generatedKubeconfigs } from './kubeconfig-generator.ts';

let folder: KubeconfigFolder;
beforeAll(async () => {
  folder = await kubeconfigFolder();
});
afterAll(() => folder.remove());

test('any kubeconfig is read or refused in our words', async () => {
  const outcomes = { accepted: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(generatedKubeconfigs, async (given) => {
      const { refused } = await readByDexchange(folder.write(given), given.context);
      outcomes[refused === undefined ? 'accepted' : 'refused'] += 1;
      // Sentences of the YAML library begin with a capital.
      expect(refused ?? '').not.toMatch(/bug|Error|: [A-Z][a-z]+ [a-z]+ [a-z]+/);
    }),
    { numRuns: 2000, interruptAfterTimeLimit: 30_000 },
  );
  expect(outcomes.accepted).toBeGreaterThan(20);
  expect(outcomes.refused).toBeGreaterThan(20);
});
