import type { Fleet } from './fleet.ts';
import type { VirtualTime } from './virtual-time.ts';

/** How Dex, or the limiter in front of it, answers a request. */
export type DexAnswer = 'token' | 'busy' | 'timeout';

/** A Dex with a fixed CPU time per exchange, and a queue for each core. */
export interface SimulatedDex {
  /** @param remainingMs how long the client waits */
  exchange(remainingMs: number): Promise<DexAnswer>;
  /** When each request arrived, and how Dex answered it. */
  readonly requests: readonly DexRequest[];
}

export interface DexRequest {
  readonly atMs: number;
  readonly answer: DexAnswer;
}

/** Starts a Dex without load. */
export function simulatedDex(fleet: Fleet, time: VirtualTime): SimulatedDex {
  const freeAtMs = Array.from({ length: fleet.dexCores }, () => 0);
  const requests: DexRequest[] = [];
  const admits = limiter(fleet);
  return {
    requests,
    async exchange(remainingMs) {
      const atMs = time.now();
      const answered = async (answer: DexAnswer, afterMs: number): Promise<DexAnswer> => {
        requests.push({ atMs, answer });
        await time.sleep(afterMs);
        return answer;
      };
      if (!admits(atMs)) return answered('busy', Math.min(fleet.latencyMs, remainingMs));
      const core = freeAtMs.indexOf(Math.min(...freeAtMs));
      const doneAtMs = Math.max(atMs, freeAtMs[core] ?? 0) + fleet.exchangeCostMs;
      // Dex does the work even if the client no longer waits for it.
      freeAtMs[core] = doneAtMs;
      const tookMs = doneAtMs - atMs + fleet.latencyMs;
      if (tookMs > remainingMs) return answered('timeout', remainingMs);
      return answered('token', tookMs);
    },
  };
}

/** A leaky bucket, as limit_req of nginx with `burst` and `nodelay`. */
function limiter({ limitPerSecond, limitBurst }: Fleet): (nowMs: number) => boolean {
  if (limitPerSecond === undefined) return () => true;
  let excess = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  return (nowMs) => {
    const next = Math.max(0, excess - ((nowMs - lastMs) * limitPerSecond) / 1000 + 1);
    if (next > limitBurst) return false;
    excess = next;
    lastMs = nowMs;
    return true;
  };
}
