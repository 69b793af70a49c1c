import { delimiter, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type CasePeers, startCasePeers, writeCase } from '../support/kubeconfig-peers.ts';
import { type Ended, runToEnd } from '../support/run-to-end.ts';
import { connectServers } from './harness/client.ts';
import { type KubeconfigCase, kubeconfigCases } from './kubeconfig-cases.ts';

const servers = connectServers(inject('servers'));
const program = resolve(import.meta.dirname, '../../dist/dexchange');

let peers: CasePeers;
let home: string;
beforeAll(async () => {
  peers = await startCasePeers();
  home = await servers.folder('kubeconfig-reading');
});
afterAll(async () => {
  await peers.close();
  await servers.stop();
});

/** Runs a client with the kubeconfig of a case, without a terminal. */
async function runCase(
  given: KubeconfigCase,
  command: string,
  args: readonly string[],
): Promise<{ outcome: unknown; ended: Ended; paths: readonly string[] }> {
  const written = writeCase(given, peers.values);
  const context = given.context === undefined ? [] : ['--context', given.context];
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    KUBECONFIG: written.paths.join(delimiter),
  };
  try {
    let ended: Ended = { code: null, stdout: '', stderr: '' };
    const outcome = await peers.outcomeOf(written, async () => {
      ended = await runToEnd(command, [...args, ...context], { env, stdin: '' });
    });
    return { outcome, ended, paths: written.paths };
  } finally {
    written.remove();
  }
}

describe.each(kubeconfigCases)('$name', (given) => {
  test('kubectl', async () => {
    const { outcome, ended } = await runCase(given, servers.kubectls.built, [
      'get',
      '--raw',
      '/raw',
    ]);
    expect(outcome, ended.stderr).toEqual(given.expected);
    if (outcome === 'refused') expect(ended.code).not.toBe(0);
  });

  test('dexchange', async () => {
    const { outcome, ended } = await runCase(given, program, ['whoami']);
    expect(outcome, ended.stderr).toEqual(given.differs?.outcome ?? given.expected);
    expect(ended.code).toBe(outcome === 'refused' ? 2 : 0);
  });
});
