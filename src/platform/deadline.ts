import { elapsedMs, remainingMs } from './machine.ts';

/** The time limit of the whole call. It is created once and passed to everything that waits. */
export interface Deadline {
  /** The whole time, in milliseconds, for messages. */
  readonly totalMs: number;
  /** Aborts when the time has elapsed. */
  readonly signal: AbortSignal;
  /** The remaining time in milliseconds, at least zero. */
  remainingMs(): number;
}

// Node fires a timer with a longer delay immediately.
const longestTimerMs = 2 ** 31 - 1;

/**
 * Starts a deadline of `timeoutMs` milliseconds.
 * @param clock its `now` is in milliseconds and should be monotonic, so that a change of the system
 *   clock does not change the deadline
 * @param startedAtMs the start of the deadline by the same clock; default now
 */
export function createDeadline(
  timeoutMs: number,
  clock: { now(): number },
  startedAtMs: number = clock.now(),
): Deadline {
  const endsAt = startedAtMs + timeoutMs;
  const leftMs = endsAt - clock.now();
  const controller = new AbortController();
  if (leftMs > 0) {
    // Unreferenced, so that the timer does not keep the process running after the result is
    // printed.
    setTimeout(() => controller.abort(), Math.min(leftMs, longestTimerMs)).unref();
  } else {
    controller.abort();
  }
  return {
    totalMs: timeoutMs,
    signal: controller.signal,
    remainingMs: () => Math.max(0, endsAt - clock.now()),
  };
}

/**
 * The deadline of a call: `timeoutMs` from the start of the process, so that the start-up counts
 * too, or the caller's deadline, or `atMostMs` from now if that is sooner.
 */
export function callDeadline(times: {
  readonly timeoutMs: number;
  readonly atMostMs?: number | undefined;
}): Deadline {
  const { timeoutMs, atMostMs = Number.POSITIVE_INFINITY } = times;
  const leftMs = remainingMs(timeoutMs);
  const clock = { now: elapsedMs };
  if (atMostMs < leftMs) return createDeadline(atMostMs, clock);
  return createDeadline(
    Math.min(timeoutMs, Math.max(0, Math.ceil(elapsedMs() + leftMs))),
    clock,
    0,
  );
}
