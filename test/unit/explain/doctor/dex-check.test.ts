import { describe, expect, test } from 'vitest';
import { dexCheck } from '../../../../src/explain/doctor/dex-check.ts';
import type { DoctorPorts } from '../../../../src/explain/doctor/ports.ts';
import type { PreparedCall } from '../../../../src/usecases/prepare-call.ts';
import { settingsOf } from '../../support/settings.ts';

const dexUrl = 'https://dex.example.com/';

async function checked(status: number, body: string) {
  const ports = {
    now: () => ({ wallMs: 0, monotonicMs: 0 }),
    openChannel: () => ({
      send: async () => ({ status, headers: {}, body }),
      close: async () => {},
    }),
  };
  const call = { settings: settingsOf({ flags: { 'dex-url': dexUrl } }), env: {} };
  const { check } = await dexCheck(
    dexUrl,
    call as unknown as PreparedCall,
    ports as unknown as DoctorPorts,
  );
  return check;
}

describe('the server at --dex-url', () => {
  test.each<[string, number, unknown, string, RegExp]>([
    ['is Dex', 200, { issuer: dexUrl }, 'ok', /issuer as in --dex-url/],
    ['is Dex at another URL', 200, { issuer: 'https://dex.org/' }, 'warning', /issuer is https/],
    ['is another server', 404, '404 page not found', 'warning', /not with metadata .* \(404\)/],
    [
      'is the Kubernetes API',
      403,
      { kind: 'Status', message: 'forbidden: User "system:anonymous" cannot get path' },
      'warning',
      /but it is the Kubernetes API, not Dex \(403\)/,
    ],
    [
      'is a Kubernetes API that publishes its issuer',
      200,
      {
        issuer: 'https://kubernetes.default.svc.cluster.local',
        jwks_uri: 'https://10.0.0.1:6443/openid/v1/jwks',
      },
      'warning',
      /but it is the Kubernetes API, not Dex \(200\)/,
    ],
  ])('%s', async (_what, status, body, state, found) => {
    const check = await checked(status, typeof body === 'string' ? body : JSON.stringify(body));
    expect(check).toMatchObject({ state, found: expect.stringMatching(found) });
    expect(check.fix ?? '').toMatch(state === 'ok' ? /^$/ : /^set --dex-url to /);
  });
});
