import { availableParallelism } from 'node:os';
import { dexVersion } from '../../test/e2e/harness/build.ts';
import { dexConnectors } from '../../test/e2e/harness/dex.ts';
import { machineShape } from '../bench/machine.ts';
import { quantile } from '../quantile.ts';
import type { Algorithm } from './issuer.ts';
import { exchangeAll, type Load } from './load.ts';
import {
  type MeasuredDex,
  measuredConnectors,
  type Storage,
  startMeasuredDex,
} from './measured-dex.ts';
import { cpuMsOf } from './processes.ts';
import { markdownTable } from './report.ts';

interface Scene {
  readonly name: string;
  readonly connectorId: string;
  readonly tokenType: Load['tokenType'];
  readonly algorithm: Algorithm;
  readonly reconnects: boolean;
}

const signature = { connectorId: measuredConnectors.signature, tokenType: 'id_token' } as const;

const scenes: readonly Scene[] = [
  {
    ...{ name: 'no check of the subject token, open connection', reconnects: false },
    ...{ connectorId: dexConnectors.mock, tokenType: 'id_token', algorithm: 'RS256' },
  },
  { name: 'RS256, open connection', ...signature, algorithm: 'RS256', reconnects: false },
  { name: 'ES256, open connection', ...signature, algorithm: 'ES256', reconnects: false },
  { name: 'RS256, new connection', ...signature, algorithm: 'RS256', reconnects: true },
  {
    ...{ name: 'access token, asks userinfo, new connection', reconnects: true },
    ...{ connectorId: measuredConnectors.userinfo, tokenType: 'access_token', algorithm: 'RS256' },
  },
];

/** The scene of a job: its exchange has its own connection. */
const usualScene = 3;

/** Exchanges per measurement, in turns, so that other load affects all scenes. */
const perTurn = 100;
const turns = 4;

/** Measures the real Dex; returns the tables of docs/fleet.md. */
export async function measure(progress: (text: string) => void): Promise<string> {
  if (process.platform !== 'linux') throw new Error('--measure reads CPU times from /proc: Linux');
  const costs: string[][] = [];
  const levels: string[][] = [];
  for (const storage of ['memory', 'kubernetes'] as const) {
    progress(`starting Dex, storage ${storage}`);
    const measured = await startMeasuredDex(storage);
    try {
      costs.push(...(await costsOf(measured, storage, progress)));
      if (storage === 'kubernetes') levels.push(...(await levelsOf(measured, progress)));
    } finally {
      await measured.close();
    }
  }
  const head = [
    ...['storage; exchange', 'CPU of Dex, ms', 'per second and core'],
    ...['CPU of the API server, ms', 'requests to it'],
  ];
  return [
    `${new Date().toISOString().slice(0, 10)}; ${machineShape()}; Dex ${dexVersion}.`,
    markdownTable(head, costs),
    markdownTable(
      ['parallel exchanges', 'per second', 'median, ms', '95th percentile, ms', 'CPU of Dex, ms'],
      levels,
    ),
  ].join('\n\n');
}

async function costsOf(
  measured: MeasuredDex,
  storage: Storage,
  progress: (text: string) => void,
): Promise<string[][]> {
  const { apiServer } = measured;
  const sums = scenes.map(() => ({ dexMs: 0, apiMs: 0, apiRequests: 0 }));
  // The first turn opens connectors and fills the CPU's caches.
  for (let turn = -1; turn < turns; turn += 1) {
    progress(`storage ${storage}, turn ${turn + 1} of ${turns}`);
    for (const [index, scene] of scenes.entries()) {
      const requestsBefore = (await apiServer?.requests()) ?? 0;
      const { dexMs, apiMs } = await cost(measured, scene, availableParallelism());
      const requestsAfter = (await apiServer?.requests()) ?? 0;
      const sum = sums[index];
      if (turn < 0 || sum === undefined) continue;
      sum.dexMs += dexMs;
      sum.apiMs += apiMs;
      sum.apiRequests += requestsAfter - requestsBefore;
    }
  }
  const each = (sum: number): string => (sum / (perTurn * turns)).toFixed(1);
  return scenes.map(({ name }, index) => {
    const { dexMs = 0, apiMs = 0, apiRequests = 0 } = sums[index] ?? {};
    return [
      ...[`${storage}; ${name}`, each(dexMs)],
      String(Math.round((1000 * perTurn * turns) / dexMs)),
      ...(apiServer === undefined ? ['', ''] : [each(apiMs), each(apiRequests)]),
    ];
  });
}

async function levelsOf(
  measured: MeasuredDex,
  progress: (text: string) => void,
): Promise<string[][]> {
  const rows: string[][] = [];
  const scene = scenes[usualScene];
  if (scene === undefined) return rows;
  for (const atOnce of [1, 4, 16, 64]) {
    progress(`${atOnce} parallel exchanges`);
    const { dexMs, latenciesMs, wallMs } = await cost(measured, scene, atOnce, perTurn * turns);
    const { length } = latenciesMs;
    rows.push([
      String(atOnce),
      String(Math.round((length * 1000) / wallMs)),
      ...[0.5, 0.95].map((share) => String(Math.round(quantile(latenciesMs, share)))),
      (dexMs / length).toFixed(1),
    ]);
  }
  return rows;
}

async function cost(
  { dex, issuer, dexFolder, apiServer }: MeasuredDex,
  { connectorId, tokenType, algorithm, reconnects }: Scene,
  atOnce: number,
  exchanges = perTurn,
): Promise<Awaited<ReturnType<typeof exchangeAll>> & { dexMs: number; apiMs: number }> {
  const tokens = await Promise.all(Array.from({ length: exchanges }, () => issuer.mint(algorithm)));
  const usage = (): readonly [number, number] => [
    cpuMsOf(dexFolder),
    apiServer === undefined ? 0 : cpuMsOf(apiServer.folder),
  ];
  const [dexBefore, apiBefore] = usage();
  const loaded = await exchangeAll({ dex, connectorId, tokenType, tokens, atOnce, reconnects });
  const [dexAfter, apiAfter] = usage();
  return { ...loaded, dexMs: dexAfter - dexBefore, apiMs: apiAfter - apiBefore };
}
