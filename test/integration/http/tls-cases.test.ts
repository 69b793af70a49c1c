import { expect, onTestFinished, test } from 'vitest';
import { startTlsCase, tlsCases } from '../../support/tls-cases.ts';
import { call } from './client.ts';

// test/e2e/tls.test.ts compares the same cases with kubectl.
test.each(tlsCases)('$name: $expected', async (given) => {
  const server = await startTlsCase(given);
  onTestFinished(server.close);
  const { response, error, attempts } = await call(server.url, {
    certificateAuthorityPem: [server.authorityPem],
    onlyGivenAuthorities: true,
    tlsServerName: given.tlsServerName,
    request: { peer: 'kubernetes' },
  });
  const trusted = given.differs === undefined && given.expected === 'trusted';
  expect(response?.status, error?.message).toBe(trusted ? 200 : undefined);
  expect(attempts).toBe(1);
  if (!trusted) expect(error?.code).toMatch(/^(?:server_tls|setting_invalid)$/);
});
