import type { Environment } from '../ports.ts';
import { type ProcessRow, processRow } from './process-table.ts';

/** The programs that run each step of a job in its own shell, by the variable that they set. */
const jobRunners: readonly (readonly [variable: string, program: RegExp])[] = [
  ['GITHUB_ACTIONS', /(?:^|[\\/])Runner\.Worker(?:\.exe)?$/],
  ['TF_BUILD', /(?:^|[\\/])Agent\.Worker(?:\.exe)?$/],
];

/** Programs that run another one and end with it. */
const wrappers =
  /(?:^|[\\/])(?:timeout|time|env|nice|ionice|nohup|setsid|stdbuf|sudo|su|doas|xargs)$/;

/** More generations than a process has in practice. A process table that changes could contain a cycle. */
const mostGenerations = 100;

/**
 * Finds the process that an agent should end with: the shell that runs `eval "$(…)"`. The parent can be a
 * copy of the shell that only runs the substitution (POSIX shell, 2.6.3), so copies are skipped, as are
 * programs such as timeout that only run another one. In a CI
 * system that runs each step of a job in its own shell, it is the job's runner process, or process 1 of the
 * job's container.
 * @returns the process id; undefined in a container where the process is not visible
 */
export function ownerProcess(
  env: Environment,
  row: (pid: number) => ProcessRow | undefined = processRow,
  parent = process.ppid,
): number | undefined {
  if (parent <= 0) return undefined;
  const chain = ancestors(parent, row);
  for (const [variable, program] of jobRunners) {
    if (!env[variable]) continue;
    const runner = chain.find((each) => isNamed(each, program));
    if (runner !== undefined) return runner.pid;
    // The runner starts each step from outside the container of the job, whose process 1 stays.
    const last = chain.at(-1);
    if (last !== undefined && last.parent === 0 && last.pid !== 1) return 1;
  }
  const outer = chain.findIndex((row) => !isNamed(row, wrappers));
  const [first, ...others] = chain.slice(Math.max(outer, 0));
  if (first === undefined) return parent;
  const different = others.findIndex(({ command }) => command !== first.command);
  const copies = different === -1 ? others : others.slice(0, different);
  return (copies.at(-1) ?? first).pid;
}

/** Whether the file or the first word of a process matches. */
function isNamed({ command }: ProcessRow, program: RegExp): boolean {
  return command.split(/[\0 ]/, 2).some((word) => program.test(word));
}

function ancestors(
  parent: number,
  row: (pid: number) => ProcessRow | undefined,
): readonly ProcessRow[] {
  const chain: ProcessRow[] = [];
  for (let pid = parent; pid > 0 && chain.length < mostGenerations; ) {
    const found = row(pid);
    if (found === undefined) break;
    chain.push(found);
    pid = found.parent;
  }
  return chain;
}
