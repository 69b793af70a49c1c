import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freshness, refreshBeforeExpiryMs } from '../../src/cache/freshness.ts';
import { renewalMs } from '../../src/running/keep-fresh.ts';
import { processCpuMs } from '../process-cpu.ts';

const hourMs = 3_600_000;

/** The life of the tokens of a usual Deckhouse cluster. */
const usualLifeMs = 10 * 60_000;

/** How many requests an hour of calls costs at tokens of ten minutes, by the rules of the sources. */
export function exchangesPerHour(): { readonly plugin: number; readonly exec: number } {
  // A call each second: the first one that finds its entry due obtains the next.
  let plugin = 1;
  let obtainedMs = 0;
  for (let nowMs = 0; nowMs < hourMs; nowMs += 1000) {
    const at = (ms: number) => ({ wallMs: ms, steadyMs: ms, bootId: 'boot' });
    const entry = { obtained: at(obtainedMs), lifeMs: usualLifeMs };
    if (freshness(entry, at(nowMs), undefined).state === 'fresh') continue;
    obtainedMs = nowMs;
    plugin += 1;
  }
  const untilRenewalMs = usualLifeMs - renewalMs(usualLifeMs, undefined);
  return { plugin, exec: Math.ceil(hourMs / untilRenewalMs) };
}

/** What an agent is started with. */
export interface AgentStart {
  readonly folder: string;
  readonly dexchange: string;
  readonly env: Readonly<Record<string, string>>;
  /** The flags of get-token, with long-lived tokens and with short-lived ones. */
  readonly idleFlags: readonly string[];
  readonly busyFlags: readonly string[];
  /** The number of requests for the short-lived tokens until now. */
  requests(): number;
}

/** Two agents that run in the background. */
export interface Agents {
  /** Ends them; returns a line of the report. */
  report(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts an agent that has nothing to do, and one whose tokens last some seconds, so that the cost of
 * a renewal is the difference. Undefined if the system has no /proc.
 */
export async function startAgents(start: AgentStart): Promise<Agents | undefined> {
  if (process.platform !== 'linux') return undefined;
  const run = async (name: string, flags: readonly string[]) => {
    const home = join(start.folder, `agent-${name}`);
    await mkdir(home, { mode: 0o700 });
    const words = ['agent', 'run', `--token-file=${join(home, 'token')}`, ...flags];
    const child = spawn(start.dexchange, words, {
      // Its own folder: agent stop, which someone else may call meanwhile, stops those that it finds.
      env: { ...start.env, HOME: home, XDG_RUNTIME_DIR: home },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // It prints a line when the file is there.
    const [line] = (await Promise.race([once(child.stderr, 'data'), once(child, 'exit')])) as [
      unknown,
    ];
    if (child.exitCode !== null || child.pid === undefined) {
      throw new Error(`dexchange agent run exited immediately: ${String(line)}`);
    }
    const ended = once(child, 'exit');
    return {
      pid: child.pid,
      isRunning: () => child.exitCode === null && child.signalCode === null,
      async close() {
        child.kill('SIGTERM');
        await ended;
      },
    };
  };
  const [idle, busy] = await Promise.all([
    run('idle', start.idleFlags),
    run('busy', start.busyFlags),
  ]);
  const close = async (): Promise<void> => {
    await Promise.all([idle.close(), busy.close()]);
  };
  // What the start costs is not what an hour costs.
  await sleep(1000);
  const before = await both(idle.pid, busy.pid);
  const requestsBefore = start.requests();
  const startedAt = performance.now();
  return {
    close,
    async report() {
      if (!idle.isRunning() || !busy.isRunning()) {
        return 'An agent ended while the scenes ran: not measured.';
      }
      const after = await both(idle.pid, busy.pid);
      const ms = performance.now() - startedAt;
      const renewals = start.requests() - requestsBefore;
      const idleCpuMs = after.idle.cpuMs - before.idle.cpuMs;
      const idlePerHour = (idleCpuMs * hourMs) / ms;
      const perRenewal = (after.busy.cpuMs - before.busy.cpuMs - idleCpuMs) / renewals;
      const { exec } = exchangesPerHour();
      const perHour = (idlePerHour + exec * perRenewal) / 1000;
      return [
        `An idle agent took ${idleCpuMs} ms of CPU time in ${Math.round(ms / 1000)} s, and uses ${mib(after.idle.residentBytes)} MiB of memory;`,
        `a renewal takes ${perRenewal.toFixed(1)} ms (mean of ${renewals}), after which the agent uses ${mib(after.busy.residentBytes)} MiB.`,
        `With tokens of ten minutes that is ${perHour.toFixed(1)} s of CPU time per hour.`,
      ].join('\n');
    },
  };
}

async function both(idle: number, busy: number) {
  return { idle: await usageOf(idle), busy: await usageOf(busy) };
}

/** The CPU time of a process, in steps of 10 ms, and its resident memory (proc(5)). */
async function usageOf(
  pid: number,
): Promise<{ readonly cpuMs: number; readonly residentBytes: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1');
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  return {
    cpuMs: processCpuMs(pid),
    residentBytes: Number(kib) * 1024,
  };
}

function mib(bytes: number): string {
  return String(Math.round(bytes / 2 ** 20));
}

/** The lines of the report about exchanges. */
export function exchangesLine(): string {
  const { plugin, exec } = exchangesPerHour();
  const before = refreshBeforeExpiryMs(usualLifeMs, undefined) / 1000;
  return [
    `With tokens of ten minutes, which are renewed ${before} s before they expire, exec and agent make ${exec} exchanges`,
    `per hour, and the plugin ${plugin} if it is called all the time. Without a cache, each call makes an exchange.`,
  ].join('\n');
}
