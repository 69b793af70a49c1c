import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { formatExecCredential, readExecInfo } from '../../../src/kubernetes/exec-credential.ts';
import { Secret } from '../../../src/secret.ts';

const end = Date.UTC(2026, 7, 1, 12, 30, 15, 999);

function answer(raw: string | undefined, expirationMs: number): string {
  return formatExecCredential(readExecInfo(raw), new Secret('a.b.c'), expirationMs);
}

test('is one line of JSON with the time in whole seconds', () => {
  expect(answer(undefined, end)).toBe(
    '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{},"status":{"expirationTimestamp":"2026-08-01T12:30:15Z","token":"a.b.c"}}\n',
  );
});

test.each([true, false])(
  'has interactive %j and the version that the client requests',
  (interactive) => {
    const apiVersion = 'client.authentication.k8s.io/v1beta1';
    const raw = JSON.stringify({ apiVersion, spec: { interactive } });
    expect(JSON.parse(answer(raw, end))).toEqual({
      kind: 'ExecCredential',
      apiVersion,
      spec: { interactive },
      status: { expirationTimestamp: '2026-08-01T12:30:15Z', token: 'a.b.c' },
    });
  },
);

test.each([undefined, '{"spec":{"interactive":true}}'])('holds the same as YAML for %j', (raw) => {
  const token = new Secret('a.b.c');
  const yaml = formatExecCredential(readExecInfo(raw), token, end, 'yaml');
  expect(parse(yaml)).toEqual(JSON.parse(answer(raw, end)));
  expect(yaml.split('\n')[0]).toBe('apiVersion: client.authentication.k8s.io/v1');
});

test.each([Date.UTC(10_000, 0, 1), 1e18, Number.POSITIVE_INFINITY])(
  'a time that RFC 3339 cannot express (%d) becomes the last that it can',
  (expirationMs) => {
    expect(JSON.parse(answer(undefined, expirationMs)).status.expirationTimestamp).toBe(
      '9999-12-31T23:59:59Z',
    );
  },
);
