import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { exchangesLine } from './bench/agents.ts';
import { bareExecutable } from './bench/bare.ts';
import { machineShape } from './bench/machine.ts';
import { findMeter, type Measured } from './bench/meter.ts';
import { figuresTable, type Result, writeFigures } from './bench/report.ts';
import { setStage } from './bench/scenes.ts';
import { traceCommand } from './bench/trace.ts';
import { baseNode, targetNode } from './package/base-node.ts';
import { cleanEnvironment } from './package/clean-environment.ts';
import { directly, type Runner, runnerOf } from './package/runner.ts';
import { programName, type Target, targetNamed, thisSystem } from './package/targets.ts';

// Compares the binary with a bare executable of the same Node: `npm run bench -- --runs 100`.
// --write puts the table into docs/performance.md; --only hit runs only scenes with that word; --target
// NAME measures the binary of another target, in its emulator.

const root = resolve(import.meta.dirname, '..');
const page = join(root, 'docs/performance.md');

/** The first runs fill the caches of dexchange and of the system. */
const warmUpRounds = 2;

interface BenchSetup {
  readonly folder: string;
  readonly binaries: { readonly bare: string; readonly dexchange: string };
  readonly runner: Runner;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '60' },
      only: { type: 'string' },
      target: { type: 'string' },
      write: { type: 'boolean' },
    },
  });
  const rounds = Number(values.runs);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--runs must be a positive integer');
  const target = values.target === undefined ? undefined : targetNamed(values.target);
  const base = target === undefined ? baseNode(root) : await targetNode(root, target);
  const runner = target === undefined ? directly : await runnerOf(root, target);
  if (runner === undefined) throw new Error(`this machine cannot run ${values.target}`);
  cleanEnvironment();
  // The next build removes folders with this prefix that a killed run has left.
  const folder = await mkdtemp(join(root, 'dist/.build-bench-'));
  try {
    const binaries = {
      bare: await bareExecutable(root, folder, base, target),
      dexchange: binaryOf(target),
    };
    const text = await bench({ folder, binaries, runner }, rounds, values.only);
    console.log(target === undefined ? text : `${target.name}, Node ${target.node}. ${text}`);
    if (values.write) await writeFigures(page, text);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function binaryOf(target: Target | undefined): string {
  const name = programName(target ?? { os: thisSystem() });
  return join(root, 'dist', ...(target === undefined ? [] : ['targets', target.name, 'bin']), name);
}

async function bench(
  { folder, binaries: originals, runner }: BenchSetup,
  rounds: number,
  only: string | undefined,
): Promise<string> {
  // The place of a file on the disk changes its start-up time by up to 8 %, so copy both now.
  const copy = async (file: string, name: string): Promise<string> => {
    await copyFile(file, join(folder, name));
    return join(folder, name);
  };
  const binaries = {
    bare: await copy(originals.bare, `bare${extname(originals.dexchange)}`),
    dexchange: await copy(originals.dexchange, basename(originals.dexchange)),
  };
  const meter = await findMeter();
  const isDirect = runner.command.length === 0;
  const stage = await setStage(folder, binaries, runner);
  try {
    const wanted = stage.scenes.filter(({ name }) => only === undefined || name.includes(only));
    const baselines = new Set([stage.scenes[0]?.name, ...wanted.map(({ against }) => against)]);
    const scenes = stage.scenes.filter(
      (scene) => wanted.includes(scene) || baselines.has(scene.name),
    );
    const runs = new Map<string, Measured[]>(scenes.map(({ name }) => [name, []]));
    for (let round = -warmUpRounds; round < rounds; round++) {
      // Scenes alternate within a round, so that other load on the machine affects all of them.
      for (const scene of scenes) {
        if (round % (scene.every ?? 1) !== 0) continue;
        const measured = await meter.measure(scene.command(round));
        if (round >= 0) runs.get(scene.name)?.push(measured);
      }
      process.stderr.write(`\rround ${round + 1} of ${rounds} `);
    }
    process.stderr.write('\n');
    const agents = await stage.agents?.report();
    const results: Result[] = [];
    for (const scene of scenes) {
      // A trace of hundred calls would take minutes. Under an emulator, strace would count its system calls, and with Wine it does not end.
      const isShort = scene.every === undefined;
      const traced =
        isDirect && isShort ? await traceCommand(folder, scene.command(rounds)) : undefined;
      results.push({ scene, runs: runs.get(scene.name) ?? [], traced });
    }
    const sizes = [originals.dexchange, originals.bare].map(
      async (file) => (await stat(file)).size,
    );
    const [size, bareSize] = await Promise.all(sizes);
    return [
      `${new Date().toISOString().slice(0, 10)}; ${machineShape()}; ${rounds} rounds.`,
      `The binary has ${size} bytes, the bare executable ${bareSize}. ${meter.name}.`,
      ...stage.missing.map((line) => `${line}.`),
      '',
      figuresTable(results),
      ...(agents === undefined ? [] : ['', agents]),
      ...(isDirect ? ['', exchangesLine()] : []),
    ].join('\n');
  } finally {
    await stage.close();
  }
}

await main();
