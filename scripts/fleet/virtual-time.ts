/** A clock that jumps from one event to the next, so that an hour takes seconds. */
export interface VirtualTime {
  /** Milliseconds since the start. */
  now(): number;
  /** Waits, or returns early if the signal aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Runs what waits, in order, until that time. */
  runUntil(endMs: number): Promise<void>;
}

interface Waiting {
  readonly atMs: number;
  /** Of two that wait for the same time, the first one runs first. */
  readonly order: number;
  readonly resume: () => void;
}

/** Starts a virtual clock at zero. */
export function createVirtualTime(): VirtualTime {
  let nowMs = 0;
  let order = 0;
  const heap: Waiting[] = [];
  return {
    now: () => nowMs,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const resume = (): void => {
          signal?.removeEventListener('abort', resume);
          resolve();
        };
        signal?.addEventListener('abort', resume);
        push(heap, { atMs: nowMs + Math.max(0, milliseconds), order: order++, resume });
      }),
    async runUntil(endMs) {
      await settled();
      for (let next = heap[0]; next !== undefined && next.atMs <= endMs; next = heap[0]) {
        pop(heap);
        nowMs = next.atMs;
        next.resume();
        await settled();
      }
      nowMs = endMs;
    },
  };
}

/** Waits until all that can go on without time has done so. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Waiting[], added: Waiting): void {
  let index = heap.length;
  heap.push(added);
  while (index > 0) {
    const above = (index - 1) >> 1;
    const parent = heap[above];
    if (parent === undefined || !isBefore(added, parent)) break;
    heap[index] = parent;
    index = above;
  }
  heap[index] = added;
}

function pop(heap: Waiting[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  while (true) {
    const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]];
    if (left === undefined) break;
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (!isBefore(child, last)) break;
    heap[index] = child;
    index = 2 * index + (isRight ? 2 : 1);
  }
  heap[index] = last;
}
