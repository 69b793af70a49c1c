import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { run } from '../e2e/harness/client.ts';
import { emptyFolder } from '../unit/support/folder.ts';

const { folder, version } = inject('release');

test('the install script of a release knows its version and key, and installs it', async () => {
  const server = createServer(async (request, response) => {
    const content = await readFile(join(folder, request.url ?? '')).catch(() => undefined);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  onTestFinished(() => {
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const target = emptyFolder();
  const flags = [`--url=http://127.0.0.1:${port}`, `--to=${target}`, '--require-signature'];
  const words = flags.flatMap((flag) => flag.split('='));
  const env = { PATH: process.env['PATH'], HOME: target };
  const ran = await run('sh', [join(folder, 'install.sh'), ...words], { env });
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  const installed = await run(join(target, 'dexchange'), ['--version'], { env });
  expect(installed).toMatchObject({ code: 0, stdout: `dexchange ${version}\n` });
  const script = await readFile(join(folder, 'install.sh'), 'utf8');
  expect(script).toContain("release_url='https://downloads.example.com/dexchange");
});
