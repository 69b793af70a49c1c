import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoApiServer, startApiServer } from '../../scripts/demo/api-server.ts';
import { buildKubectl } from '../e2e/harness/build.ts';
import { builtTarget } from '../support/built-target.ts';
import { createCa } from '../support/certificates.ts';
import { type Dex, dexClients, startDex } from '../support/dex.ts';
import { freshFolder } from '../support/dexchange.ts';
import { expectFailure } from '../support/expect-failure.ts';
import { writeKubeconfig } from '../support/kubeconfig.ts';
import { findWine, type Wine, windowsPath } from './wine.ts';

// kubectl for Windows runs the program, both under Wine, against stand-ins of Dex and the API server.

const fresh = freshFolder('dexchange kubectl ');
const kubectl = join(fresh.path, 'kubectl.exe');

let wine: Wine;
let dex: Dex;
let api: DemoApiServer;

beforeAll(async () => {
  wine = await findWine();
  copyFileSync(await buildKubectl({ os: 'windows', arch: 'amd64' }), kubectl);
  const ca = await createCa();
  const tls = await ca.issue({ commonName: 'servers', hosts: ['127.0.0.1'] });
  dex = await startDex({ tls });
  const { issuer, url } = dex;
  api = await startApiServer({ issuer, keysUrl: `${url}/keys`, caPem: ca.certPem }, tls);
  writeFileSync(join(fresh.path, 'ca.pem'), ca.certPem.replaceAll('\n', '\r\n'));
}, 900_000);
afterAll(async () => {
  fresh.remove();
  await Promise.all([dex.close(), api.close()]);
});

/** Lists namespaces with a kubeconfig as editors on Windows write it: its lines end with CR and LF. */
async function listNamespaces(name: string, secret: string) {
  const folder = join(fresh.path, name);
  const caFile = windowsPath(join(fresh.path, 'ca.pem'));
  const kubeconfig = await writeKubeconfig(folder, {
    server: api.url,
    caFile,
    command: windowsPath(builtTarget('windows-x64').program),
    args: [
      ...['get-token', `--dex-url=${dex.issuer}`, `--dex-certificate-authority=${caFile}`],
      ...[`--client-id=${dexClients[0].id}`, '--connector-id=mock'],
      ...['--subject-token-env=CI_TOKEN', `--cache-dir=${windowsPath(join(folder, 'cache'))}`],
    ],
  });
  writeFileSync(kubeconfig, readFileSync(kubeconfig, 'utf8').replaceAll('\n', '\r\n'));
  return await wine.run(
    kubectl,
    [
      ...[`--kubeconfig=${windowsPath(kubeconfig)}`, '--request-timeout=4m'],
      ...[`--cache-dir=${windowsPath(join(folder, 'kube'))}`, 'get', 'ns', '-o', 'name'],
    ],
    { CI_TOKEN: 'any', DEXCHANGE_CLIENT_SECRET: secret },
  );
}

// On a busy machine, Wine sometimes reports a page fault of its own.
describe('windows-x64', { retry: 2 }, () => {
  test('gives kubectl for Windows a credential, and then the cached one', async () => {
    for (const kind of ['miss', 'hit']) {
      const listed = await listNamespaces('a home', dexClients[0].secret);
      expect(listed, kind).toMatchObject({ code: 0, stderr: '' });
      expect(listed.stdout, kind).toBe(
        'namespace/default\nnamespace/seen-by-kilgore-kilgore-trout\n',
      );
    }
    expect(dex.tokenRequests()).toHaveLength(1);
  });

  test('has its error and its hint come through kubectl for Windows', async () => {
    const { code, stdout, stderr } = await listNamespaces('another home', 'wrong');
    expect(code).toBe(1);
    const lines = stderr.split('\n');
    const last = lines.findIndex((line) => line.startsWith('hint: ')) + 1;
    const own = {
      code: 4,
      stdout,
      stderr: lines
        .slice(0, last)
        .map((line) => `${line}\n`)
        .join(''),
    };
    expectFailure(own, { exitCode: 4, code: 'dex_client_refused' });
    expect(lines.slice(last).join('\n')).toContain('dexchange.exe failed with exit code 4');
  });
});
