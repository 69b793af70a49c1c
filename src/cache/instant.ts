import type { Instant } from '../ports.ts';

/** A smaller difference is drift between the two clocks, not a change of the wall clock. */
const driftMs = 200;

/**
 * The time since an instant, in milliseconds. Uses the wall clock, or the steady clock if its result
 * is larger: then the wall clock was set back. (A smaller result is normal, because the steady clock
 * can stop while the machine sleeps.)
 * @returns undefined if the instant is in the future by the wall clock and the steady clocks cannot
 *   be compared
 */
export function elapsedMs(then: Instant, now: Instant): number | undefined {
  const byWallMs = now.wallMs - then.wallMs;
  const comparable = then.bootId !== undefined && then.bootId === now.bootId;
  const bySteadyMs = comparable ? now.steadyMs - then.steadyMs : Number.NEGATIVE_INFINITY;
  // NTP regularly sets the clock back by less than a second.
  if (byWallMs < -1000 && bySteadyMs < 0) return undefined;
  return Math.max(0, bySteadyMs > byWallMs + driftMs ? bySteadyMs : byWallMs);
}

/** Validates an instant from a header; undefined if it is invalid. */
export function readInstant(value: unknown): Instant | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { wallMs, steadyMs, bootId } = value as Record<string, unknown>;
  if (!isTime(wallMs) || !isTime(steadyMs)) return undefined;
  return { wallMs, steadyMs, bootId: typeof bootId === 'string' ? bootId : undefined };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
