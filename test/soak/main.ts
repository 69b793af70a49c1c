import { parseArgs } from 'node:util';
import { buildGoClient, buildHelm } from '../e2e/harness/build.ts';
import { type ConnectedServers, connectServers } from '../e2e/harness/client.ts';
import { startServers } from '../e2e/harness/cluster.ts';
import { pythonWithKubernetes } from '../e2e/harness/python.ts';
import {
  helmClient,
  kubectlClient,
  pythonClient,
  type RenewalFigures,
  type RenewalSoak,
  soakRenewal,
  startSoakServers,
} from './renewal.ts';

// Runs `dexchange exec` for long against real servers: `npm run test:soak -- --minutes 10`. Prints
// figures, and exits with 1 if a request was refused or there were more exchanges than renewals need.

/** client-go reads a token file again after 50 s, so its tokens have to last longer. */
const clientGoTokenSeconds = 150;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
  const seconds = Number(values.minutes) * 60;
  if (!(seconds >= 60)) throw new Error('--minutes must be a number from 1');
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

/** kubectl, Python and helm with tokens of 20 s. */
async function shortTokens(servers: ConnectedServers, seconds: number) {
  const python = await pythonWithKubernetes();
  const helm = helmClient(await buildHelm(), await servers.folder('helm'));
  const soak: RenewalSoak = {
    seconds,
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

/** One client of client-go that runs all the time. */
async function clientGo(servers: ConnectedServers, seconds: number) {
  const lister = await buildGoClient('namespace-lister');
  const soak: RenewalSoak = {
    seconds,
    tokenSeconds: clientGoTokenSeconds,
    clients: [{ name: 'client-go', command: [lister] }],
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
    `exec: ${figures.exchanges} exchanges (at most ${figures.exchangesAllowed}), ${figures.memoryMiB.join(' then ')} MiB, ${figures.cpuMs} ms CPU, exit code ${figures.exitCode}`,
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
