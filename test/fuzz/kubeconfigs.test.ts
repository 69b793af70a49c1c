import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DexchangeError } from '../../src/errors.ts';
import type { KubeconfigEntries } from '../../src/kubernetes/kubeconfig/entries.ts';
import { mergeKubeconfig } from '../../src/kubernetes/kubeconfig/merge.ts';
import { yamlToJson } from '../../src/kubernetes/kubeconfig/yaml.ts';
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

const added: KubeconfigEntries = {
  cluster: { name: '2026', fields: { server: 'https://a' } },
  user: { name: 'yes', fields: { username: 'jane', password: '12:30' } },
  context: { name: '1e3', fields: { cluster: '2026', user: 'yes' } },
};

/** A kubeconfig as kubectl reads it, without the added entries and what a merge may change. */
function others(text: string): unknown {
  const value = yamlToJson(text, (reason) => {
    throw new Error(reason);
  });
  const config = (value ?? {}) as Record<string, unknown>;
  const rest: Record<string, unknown> = { ...config, apiVersion: 'v1', kind: 'Config' };
  delete rest['current-context'];
  for (const list of ['clusters', 'users', 'contexts']) {
    const items = (rest[list] ?? []) as readonly ({ name?: unknown } | null)[];
    const names = Object.values(added).map(({ name }) => name);
    rest[list] = items.filter((item) => !names.includes(String(item?.name)));
  }
  return rest;
}

test('a merge keeps all other entries as kubectl reads them, or is refused', () => {
  let merged = 0;
  fc.assert(
    fc.property(generatedKubeconfigs, ({ files: [file = Buffer.alloc(0)] }) => {
      const old = file.toString();
      let before: unknown;
      try {
        before = others(old);
      } catch {
        // What kubectl does not read can stay unreadable.
        return;
      }
      let text: string;
      try {
        text = mergeKubeconfig(old, added, { name: 'x', force: true, keepCurrentContext: false });
      } catch (error) {
        if (!(error instanceof DexchangeError)) throw error;
        return;
      }
      merged += 1;
      expect(others(text)).toEqual(before);
      const after = yamlToJson(text, expect.fail) as Record<string, unknown>;
      expect(after['current-context']).toBe('1e3');
      expect(after['users']).toContainEqual({ name: 'yes', user: added.user.fields });
    }),
    { numRuns: 1000, interruptAfterTimeLimit: 30_000 },
  );
  expect(merged).toBeGreaterThan(20);
});
