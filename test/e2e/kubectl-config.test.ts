import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { mergeKubeconfig } from '../../src/kubernetes/kubeconfig/merge.ts';
import { type Ended, runToEnd } from '../support/run-to-end.ts';
import { otherThanKubectl, writtenTexts } from '../support/written-texts.ts';
import { connectServers } from './harness/client.ts';

const servers = connectServers(inject('servers'));
const program = resolve(import.meta.dirname, '../../dist/dexchange');
const kubectls = [...new Set(Object.values(servers.kubectls))];

afterAll(() => servers.stop());

describe.each(kubectls)('%s', (kubectl) => {
  let folder: string;
  beforeAll(async () => {
    folder = await servers.folder('kubectl-config');
  });

  test('writes texts as the table says that dexchange does', () => {
    const path = join(folder, 'texts.json');
    const all = [...writtenTexts, ...otherThanKubectl].filter(([text]) => text !== '');
    const users = all.map(([password], index) => ({
      name: `user${1000 + index}`,
      user: { password },
    }));
    writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'Config', users }));
    const output = execFileSync(kubectl, ['config', 'view', '--raw', '--kubeconfig', path], {
      encoding: 'utf8',
    });
    const [, ...entries] = output.split(/^- name: user\d+\n {2}user:\n/m);
    const written = entries.map((entry) => entry.replace(/^ {4}password: /, '').replace(/\n$/, ''));
    const expected = all.map(([, style]) => style);
    expect(written.slice(0, -otherThanKubectl.length)).toEqual(
      expected.slice(0, -otherThanKubectl.length),
    );
    // Else the text belongs to the others.
    for (const [at, [text]] of otherThanKubectl.entries()) {
      const theirs = written.at(at - otherThanKubectl.length);
      expect(theirs, text).not.toBe(otherThanKubectl[at]?.[1]);
    }
  });

  test('writes a whole entry as dexchange does, but for the order of its lists', () => {
    const args = ['get-token', '--dex-url=https://dex.example.com/', '--client-id=a@b', 'yes', '-'];
    const env = [{ name: 'DEXCHANGE_SCOPE', value: 'openid: email' }];
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'dexchange',
      args,
      env,
      interactiveMode: 'Never',
    };
    const ours = mergeKubeconfig(
      undefined,
      {
        cluster: { name: 'c:1', fields: { server: 'https://c:1' } },
        user: { name: 'y', fields: { exec } },
        context: { name: 'on', fields: { cluster: 'c:1', user: 'y' } },
      },
      { name: 'k', force: false, keepCurrentContext: false },
    );
    const path = join(folder, 'entry');
    writeFileSync(path, ours);
    const theirs = execFileSync(kubectl, ['config', 'view', '--raw', '--kubeconfig', path], {
      encoding: 'utf8',
    });
    const lines = (text: string): string[] =>
      text
        .split('\n')
        .map((line) => line.replace(/^[ -]+/, ''))
        // kubectl adds empty fields.
        .filter((line) => !/^(?:preferences|provideClusterInfo): /.test(line))
        .sort();
    expect(lines(ours)).toEqual(lines(theirs));
  });

  test('finds what --relative-paths writes: the program and the token file beside the kubeconfig', async () => {
    const repository = join(folder, 'repository');
    const elsewhere = join(folder, 'elsewhere');
    for (const each of ['configs', 'bin', 'secrets']) {
      mkdirSync(join(repository, each), { recursive: true });
    }
    mkdirSync(elsewhere, { recursive: true });
    const plugin = join(repository, 'bin', 'plugin');
    writeFileSync(plugin, `#!/bin/sh\necho "$0 $* in $PWD" >"${folder}/called"\nexit 1\n`);
    chmodSync(plugin, 0o755);
    const server = '--server=https://127.0.0.1:1';
    const run = (args: readonly string[]): Promise<Ended> =>
      runToEnd(program, ['kubeconfig', ...args, server, '--relative-paths'], {
        cwd: repository,
        env: { PATH: process.env['PATH'] ?? '', HOME: folder },
        stdin: '',
      });
    const get = (kubeconfig: string): Promise<Ended> =>
      runToEnd(kubectl, ['get', '--raw', '/x', '--kubeconfig', kubeconfig], {
        cwd: elsewhere,
        env: { PATH: process.env['PATH'] ?? '', HOME: folder },
        stdin: '',
      });

    const exchange = await run([
      ...['token-exchange', '--dex-url=https://dex.example.com/', '--connector-id=gitlab'],
      ...['--client-secret-file=secrets/dex', '--exec-command=bin/plugin', '--force'],
      '--write-to=configs/exchange',
    ]);
    expect(exchange, exchange.stderr).toMatchObject({ code: 0 });
    expect((await get('../repository/configs/exchange')).code).not.toBe(0);
    const called = readFileSync(join(folder, 'called'), 'utf8');
    // What the note of --relative-paths says: other paths start at the working folder of kubectl.
    expect(called).toMatch(
      new RegExp(`^${plugin} get-token .*--client-secret-file=secrets/dex .*in ${elsewhere}\n$`),
    );

    const token = await run([
      ...['service-account', '-n', 'ci', '--token-file=secrets/token', '--force'],
      '--write-to=configs/token',
    ]);
    expect(token, token.stderr).toMatchObject({ code: 0 });
    const missing = await get('../repository/configs/token');
    expect(missing.stderr).toContain(`open ${join(repository, 'secrets/token')}: no such file`);
    writeFileSync(join(repository, 'secrets/token'), 'abc');
    const found = await get('../repository/configs/token');
    expect(found.stderr).toMatch(/connection refused|was refused/);
  });
});
