import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mergeKubeconfig } from '../../src/kubernetes/kubeconfig/merge.ts';
import { manifestsAsYaml } from '../../src/kubernetes/manifests/manifest-text.ts';
import { ambiguousScalars } from '../support/ambiguous-scalars.ts';
import { compareKubeconfigs, type KubeconfigComparison } from '../support/kubeconfig-reader.ts';
import { buildGoClient } from './harness/build.ts';
import { pythonWithKubernetes } from './harness/python.ts';

const texts = [
  ...ambiguousScalars.filter((text) => text !== ''),
  ...fc
    .sample(
      fc.array(fc.constantFrom(...'01_.-+eExo:# \'"abyn~%&*!|>[]{},?@`\\ä'), {
        minLength: 1,
        maxLength: 8,
      }),
      { seed: 11, numRuns: 300 },
    )
    .map((characters) => characters.join('')),
];

const kubeconfigs = texts.map((text) =>
  mergeKubeconfig(
    undefined,
    {
      cluster: { name: text, fields: { server: 'https://127.0.0.1:1' } },
      user: { name: text, fields: { username: 'jane', password: text } },
      context: { name: text, fields: { cluster: text, user: text, namespace: text } },
    },
    { name: 'written', force: false, keepCurrentContext: false },
  ),
);

const python = await pythonWithKubernetes();

let comparison: KubeconfigComparison;
beforeAll(async () => {
  comparison = await compareKubeconfigs(await buildGoClient('kubeconfig-reader'));
});
afterAll(() => comparison.close());

test('kubectl reads written kubeconfigs as they are meant', async () => {
  for (const [index, written] of kubeconfigs.entries()) {
    const text = texts[index] ?? '';
    const { kubectl, difference } = await comparison.compare({
      files: [Buffer.from(written)],
      context: undefined,
    });
    expect(difference).toBeUndefined();
    expect(kubectl, text).toMatchObject({
      namespace: text,
      headers: { authorization: `Basic ${Buffer.from(`jane:${text}`).toString('base64')}` },
    });
  }
});

test.skipIf(python === undefined)(
  'PyYAML reads written kubeconfigs and manifests as they are meant',
  () => {
    const manifests = texts.map((text) => {
      const manifest = {
        apiVersion: 'v1',
        kind: 'X',
        metadata: { name: text, labels: { [text]: text } },
      };
      return manifestsAsYaml([{ manifest, notes: [] }]);
    });
    const script = `
import json, sys, yaml
print(json.dumps([yaml.safe_load(text) for text in json.load(sys.stdin)]))
`;
    const output = execFileSync(python ?? '', ['-c', script], {
      input: JSON.stringify([...kubeconfigs, ...manifests]),
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    const read = JSON.parse(output) as unknown[];
    for (const [index, text] of texts.entries()) {
      expect(read[index], text).toMatchObject({
        'current-context': text,
        users: [{ name: text, user: { username: 'jane', password: text } }],
        contexts: [{ name: text, context: { cluster: text, user: text, namespace: text } }],
      });
      expect(read[texts.length + index], text).toMatchObject({
        metadata: { name: text, labels: { [text]: text } },
      });
    }
  },
);
