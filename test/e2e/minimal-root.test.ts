import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { placeBinary } from '../binary/place-binary.ts';
import { createCa } from '../support/certificates.ts';
import { dexClients, startDex } from '../support/dex.ts';
import { execCredential } from '../support/dexchange.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { minimalRoot, rootPath } from './harness/minimal-root.ts';

/** The first run downloads 60 MiB and unpacks them for a minute. */
const bootstrapMs = 600_000;

test.skipIf(process.platform !== 'linux')(
  'an exchange over HTTPS works on a minimal Debian without CA certificates',
  async () => {
    const root = await minimalRoot();
    const folder = await mkdtemp(join(root, 'tmp', 'dexchange-test-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    placeBinary(folder);
    const ca = await createCa();
    await writeFile(join(folder, 'ca.pem'), ca.certPem);
    const dex = await startDex({
      tls: await ca.issue({ commonName: 'dex', hosts: ['127.0.0.1'] }),
    });
    onTestFinished(dex.close);
    const [client] = dexClients;

    const inside = folder.slice(root.length);
    const dexchange = (...args: string[]) =>
      runToEnd('chroot', [root, `${inside}/dexchange`, ...args], {
        env: {
          ...rootPath,
          HOME: inside,
          CI_TOKEN: 'any',
          DEXCHANGE_CLIENT_SECRET: client.secret,
        },
      });

    expect(existsSync(join(root, 'etc/ssl/certs'))).toBe(false);
    expect(await dexchange('version')).toMatchObject({ code: 0, stderr: '' });
    for (const kind of ['miss', 'hit']) {
      const ended = await dexchange(
        'get-token',
        `--dex-url=${dex.issuer}`,
        `--dex-certificate-authority=${inside}/ca.pem`,
        `--client-id=${client.id}`,
        '--connector-id=mock',
        '--subject-token-env=CI_TOKEN',
      );
      expect(ended, kind).toMatchObject({ code: 0, stderr: '' });
      execCredential(ended);
    }
    expect(dex.tokenRequests()).toHaveLength(1);
  },
  bootstrapMs,
);
