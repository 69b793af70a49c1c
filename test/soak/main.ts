import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildGoClient, buildHelm } from '../e2e/harness/build.ts';
import { type ConnectedServers, connectServers } from '../e2e/harness/client.ts';
import { startServers } from '../e2e/harness/cluster.ts';
import { pythonWithKubernetes } from '../e2e/harness/python.ts';
import { startDex } from '../support/dex.ts';
import { freshFolder } from '../support/dexchange.ts';
import { startIdp } from '../support/idp.ts';
import { type Kills, killAtRandomMoments } from './kills.ts';
import {
  helmClient,
  kubectlClient,
  pythonClient,
  type RenewalFigures,
  type RenewalSoak,
  soakRenewal,
  startSoakServers,
} from './renewal.ts';

// Runs `dexchange exec` and `agent` for long against real servers, and kills them at random moments:
// `npm run test:soak -- --minutes 10 --kills 200`. Prints figures, and exits with 1 if a request was
// refused, there were more exchanges than renewals need, or a kill has left something.

const program = [resolve(import.meta.dirname, '../../dist/dexchange')] as const;

/** client-go reads a token file again after 50 s, so its tokens have to last longer. */
const clientGoTokenSeconds = 150;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      kills: { type: 'string', default: '200' },
    },
  });
  const seconds = Number(values.minutes) * 60;
  if (!(seconds >= 60)) throw new Error('--minutes must be a number from 1');
  for (const scene of ['exec', 'agent'] as const) await killAll(scene, Number(values.kills));
  const started = await startServers();
  try {
    const servers = connectServers(started.servers);
    const soaks = await Promise.all([shortTokens(servers, seconds), clientGo(servers, seconds)]);
    for (const figures of await Promise.all(soaks.map(({ run }) => run()))) report(figures);
    await servers.stop();
  } finally {
    await started.stop();
  }
}

async function killAll(scene: Kills['scene'], rounds: number): Promise<void> {
  const idp = await startIdp();
  const dex = await startDex({ idps: { gitlab: idp }, tokenLifeSeconds: 3 });
  const { path: home, remove } = freshFolder();
  try {
    const kills = { scene, program, dex, idp, home, rounds, parallel: 3, withinMs: 800 };
    const { before, during, problems } = await killAtRandomMoments(kills);
    console.log(
      `kills, ${scene}: ${before} before the command ran and ${during} while it ran, ${problems.length} problems`,
    );
    show(problems);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    remove();
    await dex.close();
    await idp.close();
  }
}

/** kubectl, Python and helm within exec, with tokens of 20 s. */
async function shortTokens(servers: ConnectedServers, seconds: number) {
  const python = await pythonWithKubernetes();
  const helm = helmClient(await buildHelm(), await servers.folder('helm'));
  const soak: RenewalSoak = {
    seconds,
    scene: 'exec',
    tokenSeconds: 20,
    clients: [
      kubectlClient(servers.kubectls.built),
      helm,
      ...(python === undefined ? [] : [pythonClient(python)]),
    ],
    outages: outages(seconds),
  };
  const pair = await startSoakServers(servers, soak.tokenSeconds);
  return { run: () => soakRenewal(servers, pair, soak) };
}

/** A client of client-go that runs all the time, beside an agent. */
async function clientGo(servers: ConnectedServers, seconds: number) {
  const lister = await buildGoClient('namespace-lister');
  const soak: RenewalSoak = {
    seconds,
    scene: 'agent',
    tokenSeconds: clientGoTokenSeconds,
    clients: [kubectlClient(servers.kubectls.built), { name: 'client-go', command: [lister] }],
    outages: outages(seconds),
  };
  const pair = await startSoakServers(servers, soak.tokenSeconds);
  return { run: () => soakRenewal(servers, pair, soak) };
}

function outages(seconds: number): RenewalSoak['outages'] {
  return [
    { atSeconds: seconds / 3, kind: 'killed' },
    { atSeconds: (2 * seconds) / 3, kind: 'frozen' },
  ];
}

function report({ clients, tokenFile, ...figures }: RenewalFigures): void {
  for (const { name, requests, problems } of clients) {
    console.log(`${name}: ${requests} requests, ${problems.length} refused`);
    show(problems);
  }
  console.log(
    `the token file: ${tokenFile.reads} reads, ${tokenFile.tokens} tokens, ${tokenFile.problems.length} not whole or not valid`,
  );
  show(tokenFile.problems);
  console.log(
    `${figures.scene}: ${figures.exchanges} exchanges (at most ${figures.exchangesAllowed}), ${figures.memoryMiB.join(' then ')} MiB, ${figures.cpuMs} ms CPU, exit code ${figures.exitCode}`,
  );
  if (figures.stderr !== '') console.log(figures.stderr.trimEnd());
  const isWhole =
    [tokenFile, ...clients].every(({ problems }) => problems.length === 0) &&
    clients.every(({ requests }) => requests > 0);
  if (!isWhole || figures.exitCode !== 0 || figures.exchanges > figures.exchangesAllowed)
    process.exitCode = 1;
}

function show(problems: readonly string[]): void {
  for (const text of problems.slice(0, 10)) console.log(`  ${text}`);
}

await main();
