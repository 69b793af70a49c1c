/** How long the whole call may still take. Made once, and handed to whatever can wait. */
export interface Deadline {
  /** What was granted in all, for messages. */
  readonly totalMs: number;
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
  /** What is left, never below zero. */
  remainingMs(): number;
}

// Node fires a longer timer at once.
const longestTimerMs = 2 ** 31 - 1;

/**
 * Starts a deadline of `timeoutMs` milliseconds. `clock.now` is in milliseconds and should be
 * monotonic: a runner that sets its clock meanwhile would otherwise get more time, or none.
 * @param startedAtMs when the time began to run, by the same clock; default now
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
    // Unreferenced: an answer given early must not wait for the timer.
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
 * too, or `atMostMs` from now if that is sooner.
 */
export function callDeadline(times: {
  readonly timeoutMs: number;
  readonly atMostMs?: number;
}): Deadline {
  const { timeoutMs, atMostMs = Number.POSITIVE_INFINITY } = times;
  // performance.now() is 0 at the start of the process.
  const clock = { now: () => performance.now() };
  return atMostMs < timeoutMs - clock.now()
    ? createDeadline(atMostMs, clock)
    : createDeadline(timeoutMs, clock, 0);
}
