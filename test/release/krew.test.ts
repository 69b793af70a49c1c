import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { buildReleaseTool } from '../e2e/harness/build.ts';
import { runToEnd } from '../support/run-to-end.ts';
import { emptyFolder } from '../unit/support/folder.ts';

const { folder, version } = inject('release');
const arch = process.arch === 'x64' ? 'amd64' : 'arm64';

test('krew installs the plugin from the manifest, checks its hash, and the plugin runs', async () => {
  const krew = await buildReleaseTool('krew');
  const home = emptyFolder();
  // krew insists on an index, which can be any git repository.
  const index = join(home, 'index', 'default');
  mkdirSync(join(index, 'plugins'), { recursive: true });
  execFileSync('git', ['init', '--quiet', index]);
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, KREW_ROOT: home };
  const install = (archive: string): ReturnType<typeof runToEnd> =>
    runToEnd(
      krew,
      [
        'install',
        `--manifest=${join(folder, 'manifests/krew/dexchange.yaml')}`,
        `--archive=${join(folder, archive)}`,
      ],
      { env },
    );

  const other = await install('checksums.txt');
  expect(other.code).not.toBe(0);
  expect(other.stderr).toMatch(/checksum|sha256/i);

  const installed = await install(`dexchange_${version}_linux_${arch}.tar.gz`);
  expect(installed).toMatchObject({ code: 0 });
  const ran = await runToEnd(join(home, 'bin', 'kubectl-dexchange'), ['version'], { env });
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(version) });
});
