import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Dex, dexClients } from '../support/dex.ts';
import type { Idp } from '../support/idp.ts';
import { runToEnd } from '../support/run-to-end.ts';

/** SIGKILL for processes of dexchange and for those that they serve, at random moments. */
export interface Kills {
  /** `exec` and its command, or the shell of a job and the agent that it has started. */
  readonly scene: 'exec' | 'agent';
  /** The program, and the words before its arguments. */
  readonly program: readonly [string, ...string[]];
  readonly dex: Dex;
  readonly idp: Idp;
  /** A new folder for the home of the calls. */
  readonly home: string;
  readonly rounds: number;
  /** How many run at a time. */
  readonly parallel: number;
  /** The latest moment, in milliseconds after the start. */
  readonly withinMs: number;
}

/** What came of it; everything that is wrong is a problem. */
export interface KillFigures {
  /** How many were killed before their command or the rest of the job ran, and while it ran. */
  readonly before: number;
  readonly during: number;
  readonly problems: readonly string[];
}

const marker = 'DEXCHANGE_TEST_ROUND';

/** Kills one of the processes again and again, and then looks for what they have left. */
export async function killAtRandomMoments(kills: Kills): Promise<KillFigures> {
  const { dex, home, rounds, parallel } = kills;
  const kubeconfig = join(home, 'kubeconfig');
  writeFileSync(kubeconfig, kubeconfigOf(dex));
  const state = () => `${readFileSync(kubeconfig, 'utf8')} ${statSync(kubeconfig).mtimeMs}`;
  const untouched = state();
  const problems: string[] = [];
  let [started, during] = [0, 0];
  const worker = async (): Promise<void> => {
    while (started < rounds) {
      started += 1;
      const ended = await killOne(kills, started);
      during += ended.hasRun ? 1 : 0;
      problems.push(...ended.problems);
    }
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  const [file, ...first] = kills.program;
  const last = await runToEnd(file, [...first, 'exec', '--', 'true'], {
    env: await envOf(kills, 'last'),
    cwd: home,
    stdin: '',
  });
  if (last.code !== 0) problems.push(`the run after all kills: ${last.stderr}`);
  for (const name of readdirSync(join(home, 'run'))) problems.push(`${name} is left`);
  if (state() !== untouched) problems.push('the kubeconfig of the user has changed');
  return { before: rounds - during, during, problems };
}

async function killOne(kills: Kills, round: number) {
  const { home } = kills;
  const note = join(home, `pid-${round}`);
  const [file = '', ...args] = wordsOf(kills, note);
  const child = spawn(file, args, {
    env: await envOf(kills, String(round)),
    cwd: home,
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await pause(Math.random() * kills.withinMs);
  const problems = halfWritten(join(home, 'run'));
  const hasRun = contentOf(note) !== undefined;
  const own = processesOf(round).find(({ pid }) => pid !== child.pid)?.pid;
  const victim = round % 2 === 0 ? child.pid : (own ?? child.pid);
  kill(victim);
  // A job goes on without its agent.
  if (kills.scene === 'agent' && victim !== child.pid) kill(child.pid);
  const late = pause(10_000, 'late', { ref: false });
  if ((await Promise.race([ended, late])) === 'late') {
    problems.push('exec did not end with its command');
    killGroup(child);
  }
  // The guard of a command and the agent of a job need a moment.
  let left = processesOf(round);
  for (let waited = 0; left.length > 0 && waited < 5000; waited += 20) {
    await pause(20);
    left = processesOf(round);
  }
  for (const { words } of left) {
    problems.push(`${words} is left after a kill of ${victim === child.pid ? 'it' : 'its child'}`);
  }
  return { hasRun, problems };
}

/** The command line of a round; it creates the note when the credential is there. */
function wordsOf({ scene, program }: Kills, note: string): readonly string[] {
  const sleep = `echo > ${note}; exec sleep 30`;
  if (scene === 'exec') return [...program, 'exec', '--', 'sh', '-c', sleep];
  const start = `eval "$(${program.map((word) => `'${word}'`).join(' ')} agent start)" || exit`;
  return ['sh', '-c', `${start}; ${sleep}`];
}

async function envOf({ idp, home }: Kills, round: string): Promise<Record<string, string>> {
  mkdirSync(join(home, 'run'), { recursive: true, mode: 0o700 });
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    XDG_RUNTIME_DIR: join(home, 'run'),
    KUBECONFIG: join(home, 'kubeconfig'),
    CI_TOKEN: await idp.mintGitlab(),
    DEXCHANGE_CLIENT_SECRET: dexClients[0].secret,
    [marker]: round,
  };
}

function kubeconfigOf(dex: Dex): string {
  const args = [
    ...['get-token', `--dex-url=${dex.issuer}`, `--client-id=${dexClients[0].id}`],
    ...['--connector-id=gitlab', '--subject-token-env=CI_TOKEN'],
  ];
  const exec = {
    ...{ apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' },
    ...{ command: 'dexchange', args },
  };
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://api.example.com' } }],
    users: [{ name: 'ci', user: { exec } }],
    contexts: [{ name: 'ci', context: { cluster: 'c', user: 'ci' } }],
    'current-context': 'ci',
  });
}

/** The files of runs that a reader could find half written. */
function halfWritten(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const token = contentOf(join(folder, name, 'token'));
    const kubeconfig = contentOf(join(folder, name, 'kubeconfig'));
    const isWhole =
      (token === undefined || /^[\w-]+\.[\w-]+\.[\w-]{342}$/.test(token)) &&
      (kubeconfig === undefined || kubeconfig.endsWith('}\n'));
    return isWhole ? [] : [`${name} has a file that is not whole`];
  });
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The processes of a round, which inherit its variable. */
function processesOf(round: number): readonly { readonly pid: number; readonly words: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const isOne = contentOf(`/proc/${name}/environ`)?.split('\0').includes(`${marker}=${round}`);
      const words = contentOf(`/proc/${name}/cmdline`)?.replaceAll('\0', ' ') ?? '';
      return isOne ? [{ pid: Number(name), words }] : [];
    });
}

function kill(pid: number | undefined): void {
  try {
    process.kill(pid ?? 0, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function killGroup({ pid = 0 }: ChildProcess): void {
  kill(-pid);
}
