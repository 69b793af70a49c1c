import type fc from 'fast-check';
import type { HostileWorld } from '../support/hostile-world.ts';
import { type InProcessCall, runInProcess } from '../support/in-process.ts';
import { type OutcomeRules, problemOf } from '../support/outcome.ts';
import type { Ended } from '../support/run-to-end.ts';

/** A kind of input that the fuzz run varies. */
export interface Target {
  /** The word after `--only`. */
  readonly name: string;
  /**
   * The property; it rejects if an input has another outcome than an answer or an error with a hint.
   * Creates files only in the folder of the world.
   */
  property(world: HostileWorld): fc.IAsyncProperty<unknown> | Promise<fc.IAsyncProperty<unknown>>;
}

/** How long one input may take, in milliseconds: far more than it needs, so that only a hang fails. */
const longestMs = 20_000;

/** Runs a call in this process. @throws Error that describes an outcome which no user may see */
export async function expectOutcome(
  args: readonly string[],
  call: InProcessCall,
  rules: OutcomeRules = {},
): Promise<Ended> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), longestMs);
  });
  const startedAt = performance.now();
  const ended = await Promise.race([runInProcess(args, call), late]);
  clearTimeout(timer);
  // A synchronous call cannot be interrupted, but it is noticed.
  if (ended === undefined || performance.now() - startedAt > longestMs)
    throw new Error(`no outcome within ${longestMs} ms`);
  const explains =
    args.some((arg) => arg.startsWith('--explain')) ||
    // A failed check is a part of their result, but an error of usage is not.
    (['doctor', 'discover'].some((name) => args.includes(name)) && ended.stdout !== '');
  const problem = problemOf(ended, { explains, ...rules });
  if (problem !== undefined) {
    // Once more with -v, for the stack of a bug.
    const { stderr } = ended.code === 1 ? await runInProcess([...args, '-v'], call) : ended;
    throw new Error(`${problem}\nexit code ${ended.code}\n${stderr.slice(0, 3000)}`);
  }
  return ended;
}
