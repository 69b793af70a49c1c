import type { Instant } from '../ports.ts';

/** The two clocks drift and are read one after the other; less than this is no setting back. */
const driftMs = 200;

/**
 * How long ago a moment was, in milliseconds: by the wall clock, or by the steady one if that says
 * longer, since then the wall clock was set back (the steady one may have slept). Undefined if the wall clock was set
 * back to before the moment and no steady clock tells how long ago that was.
 */
export function elapsedMs(then: Instant, now: Instant): number | undefined {
  const byWallMs = now.wallMs - then.wallMs;
  const comparable = then.bootId !== undefined && then.bootId === now.bootId;
  const bySteadyMs = comparable ? now.steadyMs - then.steadyMs : Number.NEGATIVE_INFINITY;
  // Small steps back are the daily work of NTP.
  if (byWallMs < -1000 && bySteadyMs < 0) return undefined;
  return Math.max(0, bySteadyMs > byWallMs + driftMs ? bySteadyMs : byWallMs);
}

/** A moment as it was written into a header, or undefined. */
export function readInstant(value: unknown): Instant | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { wallMs, steadyMs, bootId } = value as Record<string, unknown>;
  if (!isTime(wallMs) || !isTime(steadyMs)) return undefined;
  return { wallMs, steadyMs, bootId: typeof bootId === 'string' ? bootId : undefined };
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
