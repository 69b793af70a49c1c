import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import { readExecInfo } from '../../../src/kubernetes/exec-credential.ts';
import { failure } from '../support/failure.ts';

const v1 = 'client.authentication.k8s.io/v1';
const v1beta1 = 'client.authentication.k8s.io/v1beta1';

test('contains what kubectl sends', () => {
  const config = { dexUrl: 'https://dex.example.com/' };
  const raw = JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: v1beta1,
    spec: { interactive: true, cluster: { server: 'https://api.example.com', config } },
  });
  expect(readExecInfo(raw)).toEqual({
    present: true,
    apiVersion: v1beta1,
    interactive: true,
    hasCluster: true,
    clusterConfig: config,
  });
});

describe('a client that sends less', () => {
  test.each([
    ['no spec', { apiVersion: v1 }],
    ['no version', { kind: 'ExecCredential', spec: {} }],
    ['an empty version', { apiVersion: '', spec: {} }],
    ['a version of another type', { apiVersion: { toString: 1 }, spec: {} }],
    ['a spec of another type', { apiVersion: v1, spec: [] }],
    ['a cluster of another type', { apiVersion: v1, spec: { cluster: 'x' } }],
    ['no cluster', { apiVersion: v1, spec: { cluster: null } }],
    ['interactive as a text', { apiVersion: v1, spec: { interactive: 'true' } }],
  ])('with %s gets v1', (_what, info) => {
    expect(readExecInfo(JSON.stringify(info))).toEqual({
      present: true,
      apiVersion: v1,
      interactive: undefined,
      hasCluster: false,
      clusterConfig: undefined,
    });
  });

  test('with a null extension has a null clusterConfig', () => {
    const raw = JSON.stringify({ apiVersion: v1, spec: { cluster: { config: null } } });
    expect(readExecInfo(raw).clusterConfig).toBeNull();
  });
});

test.each([undefined, '', '  \n'])('%j means that dexchange runs by hand', (raw) => {
  expect(readExecInfo(raw)).toEqual({
    present: false,
    apiVersion: v1,
    interactive: undefined,
    hasCluster: false,
    clusterConfig: undefined,
  });
});

test.each([
  ['{', 'KUBERNETES_EXEC_INFO is not JSON'],
  ['yes', 'KUBERNETES_EXEC_INFO is not JSON'],
  ['[]', 'KUBERNETES_EXEC_INFO is not a JSON object'],
  ['null', 'KUBERNETES_EXEC_INFO is not a JSON object'],
  ['7', 'KUBERNETES_EXEC_INFO is not a JSON object'],
])('%s is ignored, with a reason', (raw, ignored) => {
  expect(readExecInfo(raw)).toMatchObject({ present: false, apiVersion: v1, ignored });
});

test.each(['client.authentication.k8s.io/v1alpha1', 'client.authentication.k8s.io/v2', 'v1'])(
  '%s is not a supported version',
  (apiVersion) => {
    expect(failure(() => readExecInfo(JSON.stringify({ apiVersion })))).toEqual({
      code: 'exec_version_unsupported',
      message: expect.stringContaining(` ${apiVersion}, `),
      hint: expect.stringContaining(`apiVersion: ${v1}`),
      exitCode: 2,
    });
  },
);

test('any text is read, ignored or an unsupported version', () => {
  const info = fc.record(
    { apiVersion: fc.jsonValue(), kind: fc.jsonValue(), spec: fc.jsonValue() },
    { requiredKeys: [] },
  );
  const raw = fc.oneof(
    fc.string(),
    fc.json(),
    info.map((value) => JSON.stringify(value)),
  );
  fc.assert(
    fc.property(raw, (text) => {
      try {
        expect([v1, v1beta1]).toContain(readExecInfo(text).apiVersion);
      } catch (error) {
        if (!(error instanceof DexchangeError)) throw error;
        expect(error.code).toBe('exec_version_unsupported');
      }
    }),
  );
});
