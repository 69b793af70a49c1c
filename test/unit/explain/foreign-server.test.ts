import { expect, test } from 'vitest';
import type { ApiRecord } from '../../../src/explain/api-record.ts';
import type { Evidence } from '../../../src/explain/evidence.ts';
import { foreignServerTexts } from '../../../src/explain/rules/foreign-server.ts';

function texts(server: string, dexUrl: string | undefined, api: Partial<ApiRecord> = {}) {
  const evidence = {
    api: { server, from: 'context ci', status: 404, foreign: 'plain text', traffic: [], ...api },
    exchange: dexUrl === undefined ? undefined : { dexUrl },
  };
  return foreignServerTexts(evidence as unknown as Evidence);
}

test.each([
  ['https://dex.example.com', 'https://dex.example.com/', true],
  ['https://dex.example.com:443', 'https://dex.example.com/', true],
  ['https://dex.example.com/dex', 'https://dex.example.com/dex', true],
  ['https://dex.example.com:6443', 'https://dex.example.com/', false],
  ['https://api.example.com', 'https://dex.example.com/', false],
  ['https://api.example.com', undefined, false],
])('server %s with Dex at %s is that of Dex: %s', (server, dexUrl, isDex) => {
  const what = isDex ? 'the address of Dex, not of a Kubernetes API' : 'not a Kubernetes API';
  expect(texts(server, dexUrl).foreignServer).toMatch(
    new RegExp(`${what} \\(it answers 404 with plain text\\)$`),
  );
});

test('the fix names where the URL is set', () => {
  const url = 'https://api.example.com';
  const fix = (api: Partial<ApiRecord>) => texts(url, undefined, api).correctServer;
  expect(fix({ from: '--server' })).toBe('set --server to the URL of the Kubernetes API');
  expect(fix({ cluster: 'production' })).toContain('correct server of cluster production in the k');
  expect(fix({ from: 'KUBERNETES_EXEC_INFO' })).toContain('correct server of the cluster in the k');
  expect(fix({ cluster: 'a`b' })).not.toContain('`');
});
