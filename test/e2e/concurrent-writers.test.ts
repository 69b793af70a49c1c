import { spawn } from 'node:child_process';
import { lstatSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import { runToEnd } from '../support/run-to-end.ts';
import { connectServers } from './harness/client.ts';

const servers = connectServers(inject('servers'));
const program = resolve(import.meta.dirname, '../../dist/dexchange');
afterAll(() => servers.stop());

/** How many entries each writer writes. */
const entries = 5;

test('four dexchange and four kubectl write through a link, dexchange is killed at random, and no entry is lost', async () => {
  const folder = await servers.folder('concurrent-writers');
  writeFileSync(join(folder, 'real'), '', { mode: 0o600 });
  symlinkSync('real', join(folder, 'link'));
  const path = join(folder, 'link');
  const env = { PATH: process.env['PATH'] ?? '', HOME: folder, K8S_PASSWORD: 'p' };
  const reported = new Set<string>();

  const kubectl = (args: readonly string[]) =>
    runToEnd(servers.kubectls.built, ['--kubeconfig', path, 'config', ...args], { env });
  const dexchangeArgs = (name: string) => [
    ...['kubeconfig', 'basic-auth', '--server=https://c', '--username=u'],
    ...[`--user-name=${name}`, `--write-to=${path}`],
  ];

  // A kubectl that reads the file before another one writes it deletes what that one wrote. So only
  // one of them runs at a time, beside the others.
  let lastKubectl: Promise<unknown> = Promise.resolve();
  const kubectlInTurn = (args: readonly string[]) => {
    const turn = lastKubectl.then(() => kubectl(args));
    lastKubectl = turn;
    return turn;
  };
  const kubectlWriter = async (writer: number): Promise<void> => {
    for (let done = 0; done < entries; ) {
      const name = `kubectl-${writer}-${done}`;
      const kind = done % 2 === 0 ? 'set-credentials' : 'set-context';
      const flag = done % 2 === 0 ? '--token=t' : '--user=u';
      const { code, stderr } = await kubectlInTurn([kind, name, flag]);
      if (code === 0) {
        reported.add(name);
        done++;
      } else {
        // It does not wait for the lock.
        expect(stderr).toMatch(/link\.lock: file exists/);
        await new Promise((later) => setTimeout(later, Math.random() * 100));
      }
    }
  };
  let killed = 0;
  const dexchangeWriter = async (writer: number): Promise<void> => {
    for (let done = 0; done < entries; ) {
      const name = `dexchange-${writer}-${done}`;
      const child = spawn(program, dexchangeArgs(name), { env, stdio: 'ignore' });
      const timer =
        Math.random() < 0.5
          ? setTimeout(() => child.kill('SIGKILL'), Math.random() * 600)
          : undefined;
      const [code, signal] = await new Promise<[number | null, string | null]>((ended) =>
        child.once('exit', (...how) => ended(how)),
      );
      clearTimeout(timer);
      if (signal === 'SIGKILL') killed++;
      else {
        expect(code, name).toBe(0);
        reported.add(name);
        done++;
      }
    }
  };
  await Promise.all(
    [0, 1, 2, 3].flatMap((writer) => [kubectlWriter(writer), dexchangeWriter(writer)]),
  );

  // The next writer removes what the killed ones left.
  expect(await runToEnd(program, dexchangeArgs('last'), { env })).toMatchObject({ code: 0 });
  expect(readdirSync(folder).sort()).toEqual(['link', 'real']);
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  const { code, stdout } = await kubectl(['view', '-o', 'json']);
  expect(code).toBe(0);
  const view = JSON.parse(stdout);
  const found = new Set(
    [...view.users, ...view.contexts].map(({ name }: { name: string }) => name),
  );
  expect([...reported].filter((name) => !found.has(name))).toEqual([]);
  expect(reported.size).toBe(8 * entries);
  expect(killed).toBeGreaterThan(0);
}, 180_000);
