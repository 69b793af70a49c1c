import { symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { connectServers, run } from './harness/client.ts';

const servers = connectServers(inject('servers'));
afterAll(() => servers.stop());

const command = resolve(import.meta.dirname, '../../dist/dexchange');

test.each(Object.entries(servers.kubectls) as [name: string, program: string][])(
  'the %s kubectl runs dexchange as its plugin, and completes names of the cluster',
  async (_name, program) => {
    const folder = await servers.folder('plugin');
    const plugin = join(folder, 'kubectl-dexchange');
    await symlink(command, plugin);
    const script = `#!/bin/sh\nexec '${plugin}' __complete "$@"\n`;
    await writeFile(join(folder, 'kubectl_complete-dexchange'), script, { mode: 0o755 });
    const env = {
      PATH: `${folder}:${process.env['PATH']}`,
      HOME: folder,
      KUBECONFIG: servers.kubernetes.adminKubeconfig,
    };
    const who = await run(program, ['dexchange', 'whoami', '-o', 'yaml'], { env });
    expect(who).toMatchObject({ code: 0, stderr: '' });
    expect(who.stdout).toMatch(/^username: admin$/m);
    const wrong = await run(program, ['dexchange', 'whoami', '--wrong=x'], { env });
    expect(wrong.stderr).toMatch(/^hint: .*kubectl dexchange /m);
    const words = ['dexchange', 'discover', '--timeout=30s', '--namespace', 'kube-'];
    const completed = await run(program, ['__complete', ...words], { env });
    expect(completed.stdout.split('\n')).toEqual(
      expect.arrayContaining(['kube-public', 'kube-system', ':4']),
    );
  },
);
