import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { expectFailure } from '../../support/expect-failure.ts';
import { runInProcess } from '../../support/in-process.ts';
import { emptyFolder } from '../support/folder.ts';

const base = [
  'get-token',
  '--dex-url=https://dex.example.com/',
  '--client-id=dex-client-ci@ns',
  '--connector-id=gitlab',
];

test.skipIf(process.platform === 'win32')(
  'a pipe to which nothing is written has a hint about its writer, wherever it is named',
  async () => {
    const folder = emptyFolder();
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const kubeconfig = join(folder, 'config');
    const user = { tokenFile: fifo };
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{ name: 'c', cluster: { server: 'https://api.example.com' } }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    );
    const path = relative(process.cwd(), fifo);
    const secret = { DEXCHANGE_CLIENT_SECRET: 'client-secret', SUBJECT_TOKEN: 'subject-token' };
    const calls: readonly (readonly [exitCode: number, args: readonly string[]])[] = [
      [2, [...base, `--client-secret-file=${path}`]],
      [2, [...base, `--certificate-authority=${path}`]],
      [3, [...base, `--subject-token-file=${path}`]],
      [2, ['whoami', `--kubeconfig=${path}`]],
      [2, ['whoami', `--kubeconfig=${kubeconfig}`]],
      [2, ['decode', path]],
    ];
    for (const [exitCode, args] of calls) {
      const env = args.some((arg) => arg.startsWith('--client-secret-file')) ? {} : secret;
      const { hint } = expectFailure(await runInProcess(args, { env, cwd: folder }), {
        exitCode,
        names: ['fifo', 'sent no data in time'],
      });
      expect(hint).toMatch(/^check the program that writes to this pipe: it wrote nothing in time/);
      expect(hint).not.toContain('absolute path');
    }
  },
);
