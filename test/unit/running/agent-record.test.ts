import { expect, test } from 'vitest';
import { type AgentRecord, readRecord, recordText } from '../../../src/running/agent-record.ts';

const record: AgentRecord = {
  pid: 42,
  startedAtMs: 1_000,
  tokenFile: '/run/token',
  kubeconfig: undefined,
  earlierKubeconfig: '/home/ci/.kube/config',
  statusUrl: undefined,
  expirationMs: 2_000,
  lifeMs: 1_000,
  renewals: 3,
  failures: { dex_client_refused: 2 },
  lastFailure: { atMs: 1_500, code: 'dex_client_refused', message: 'Dex denied the client' },
};

test('a record is read as it was written', () => {
  expect(readRecord(recordText(record))).toEqual(record);
});

test.each([
  '',
  'null',
  '[]',
  '{}',
  '{"pid":"42"}',
  recordText(record).slice(0, -20),
  recordText({ ...record, pid: -1 }),
  recordText(record).replace('2000', '"soon"'),
])('%j is not a record', (text) => {
  expect(readRecord(text)).toBeUndefined();
});

test('fields of other types are left out', () => {
  const odd = JSON.stringify({
    ...record,
    tokenFile: 5,
    failures: { a: 'x', b: 1 },
    lastFailure: [],
  });
  expect(readRecord(odd)).toMatchObject({
    tokenFile: undefined,
    failures: { b: 1 },
    lastFailure: undefined,
  });
});
