import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { writeKubeconfig } from '../../test/support/kubeconfig.ts';
import { heading, say, show } from './narrator.ts';
import { embeddedStage, realStage, type Stage } from './stage.ts';

const binary = resolve(import.meta.dirname, '../../dist/dexchange');

async function main(): Promise<void> {
  const real = process.argv.includes('--real');
  const folder = await mkdtemp(join(tmpdir(), 'dexchange-demo-'));
  let stage: Stage | undefined;
  const end = async (code: number): Promise<never> => {
    await stage?.close();
    await rm(folder, { recursive: true, force: true });
    process.exit(code);
  };
  process.once('SIGINT', () => void end(130));
  process.once('SIGTERM', () => void end(143));
  try {
    stage = real ? await realStage() : await embeddedStage(folder);
    const ok = await play(stage, folder, real);
    if (real && ok && process.stdin.isTTY) {
      say('the servers stay until Ctrl-C');
      await new Promise(() => {});
    }
    await end(ok ? 0 : 1);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    await end(1);
  }
}

/** Plays the scenes; false if one did not go as it should. */
async function play(stage: Stage, folder: string, real: boolean): Promise<boolean> {
  heading('The cast');
  for (const member of stage.cast) say(member);

  const args = [
    'get-token',
    `--dex-url=${stage.dexUrl}`,
    `--certificate-authority=${stage.caFile}`,
    `--client-id=${stage.clientId}`,
    `--connector-id=${stage.connectorId}`,
    '--subject-token-env=GITLAB_OIDC_TOKEN',
  ];
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GITLAB_OIDC_TOKEN: await stage.mint(),
    DEXCHANGE_CLIENT_SECRET: stage.clientSecret,
  };
  const shown = `dexchange ${args.join(' \\\n      ')}`;
  const before = await stage.tokenRequests();
  const counted = async (): Promise<void> =>
    say(`  (Dex has had ${(await stage.tokenRequests()) - before} token request(s) so far)`);

  heading('1. The first call exchanges the CI token at Dex');
  const first = await show(binary, args, env, shown);
  await counted();

  heading('2. The second call is answered by the cache: no request, the same credential');
  const second = await show(binary, args, env, shown);
  await counted();
  const once = (await stage.tokenRequests()) === before + 1;

  heading('3. kubectl runs it by itself, from a kubeconfig');
  const kubeconfig = await writeKubeconfig(folder, {
    server: stage.apiUrl,
    caFile: stage.caFile,
    command: binary,
    args,
  });
  let listed = true;
  if (await hasKubectl()) {
    const kubectl = ['--kubeconfig', kubeconfig, 'get', 'ns'];
    const ran = await show('kubectl', kubectl, env, 'kubectl --kubeconfig ci.kubeconfig get ns');
    await counted();
    listed = ran.code === 0;
  } else {
    say('there is no kubectl on this machine: this scene is left out');
  }

  heading('4. What goes wrong is said, with what to do: here a wrong client secret');
  const failed = await show(
    binary,
    args,
    { ...env, DEXCHANGE_CLIENT_SECRET: 'not the secret' },
    `DEXCHANGE_CLIENT_SECRET='not the secret' ${shown}`,
  );

  if (real) {
    heading('Play with it');
    say(`export GITLAB_OIDC_TOKEN=${env.GITLAB_OIDC_TOKEN}`);
    say(`export DEXCHANGE_CLIENT_SECRET='${stage.clientSecret}'`);
    say(`kubectl --kubeconfig ${kubeconfig} get ns`);
  }
  const ok =
    first.code === 0 && second.stdout === first.stdout && once && listed && failed.code === 4;
  heading(ok ? 'All went as it should.' : 'Something did not go as it should.');
  return ok;
}

async function hasKubectl(): Promise<boolean> {
  try {
    await promisify(execFile)('kubectl', ['version', '--client']);
    return true;
  } catch {
    return false;
  }
}

await main();
