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
      say('the servers run until you press Ctrl-C');
      await new Promise(() => {});
    }
    await end(ok ? 0 : 1);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    await end(1);
  }
}

/** Plays the scenes; returns false if one of them fails. */
async function play(stage: Stage, folder: string, real: boolean): Promise<boolean> {
  heading('The servers');
  for (const server of stage.servers) say(server);

  const args = [
    'get-token',
    `--dex-url=${stage.dexUrl}`,
    `--dex-certificate-authority=${stage.caFile}`,
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
  const sayRequests = async (): Promise<void> =>
    say(`  (token requests to Dex so far: ${(await stage.tokenRequests()) - before})`);

  heading('1. The first call exchanges the CI token at Dex');
  const first = await show(binary, args, env, shown);
  await sayRequests();

  heading('2. The second call returns the same credential from the cache, without a request');
  const second = await show(binary, args, env, shown);
  await sayRequests();
  const once = (await stage.tokenRequests()) === before + 1;

  heading('3. kubectl runs dexchange as the plugin of a kubeconfig');
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
    await sayRequests();
    listed = ran.code === 0;
  } else {
    say('kubectl is not on this machine: this scene is omitted');
  }

  heading('4. An error names the cause and the remedy: here the client secret is wrong');
  const failed = await show(
    binary,
    args,
    { ...env, DEXCHANGE_CLIENT_SECRET: 'not the secret' },
    `DEXCHANGE_CLIENT_SECRET='not the secret' ${shown}`,
  );

  if (real) {
    heading('Try it yourself');
    say(`export GITLAB_OIDC_TOKEN=${env.GITLAB_OIDC_TOKEN}`);
    say(`export DEXCHANGE_CLIENT_SECRET='${stage.clientSecret}'`);
    say(`kubectl --kubeconfig ${kubeconfig} get ns`);
  }
  const ok =
    first.code === 0 && second.stdout === first.stdout && once && listed && failed.code === 4;
  heading(ok ? 'All scenes succeeded.' : 'A scene failed.');
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
