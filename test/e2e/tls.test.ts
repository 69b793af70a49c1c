import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import { runToEnd } from '../support/run-to-end.ts';
import { startTlsCase, tlsCases } from '../support/tls-cases.ts';
import { connectServers } from './harness/client.ts';

const servers = connectServers(inject('servers'));
let home: string;
beforeAll(async () => {
  home = await servers.folder('tls');
});
afterAll(() => servers.stop());

// test/integration/http/tls-cases.test.ts runs the same cases with dexchange.
test.each(tlsCases)('kubectl, $name: $expected', async (given) => {
  const server = await startTlsCase(given);
  onTestFinished(server.close);
  const cluster = {
    server: server.url,
    'certificate-authority-data': Buffer.from(server.authorityPem).toString('base64'),
    ...(given.tlsServerName === undefined ? {} : { 'tls-server-name': given.tlsServerName }),
  };
  const kubeconfig = join(home, 'config');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { token: 'a-token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const env = { HOME: home, KUBECONFIG: kubeconfig };
  const ended = await runToEnd(servers.kubectls.built, ['get', '--raw', '/version'], { env });
  expect(ended.code === 0 ? 'trusted' : 'refused', ended.stderr).toBe(given.expected);
  if (ended.code !== 0) expect(ended.stderr).toMatch(/x509|certificate|root/i);
});
