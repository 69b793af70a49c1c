import { setTimeout as pause } from 'node:timers/promises';

/** Waits for some milliseconds, or less if the signal aborts; keeps the process running. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch(() => undefined);
}
