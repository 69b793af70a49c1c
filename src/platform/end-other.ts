import { setTimeout as pause } from 'node:timers/promises';

/** How long to wait after SIGTERM, in milliseconds. */
const patienceMs = 5000;

/**
 * Ends another process: sends SIGTERM, and SIGKILL if the process does not end in time.
 * @param isRunning whether it is still the same process
 */
export async function endOther(pid: number, isRunning: () => boolean): Promise<void> {
  signal(pid, 'SIGTERM');
  const end = performance.now() + patienceMs;
  while (isRunning() && performance.now() < end) await pause(20);
  if (isRunning()) signal(pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // The process has already ended.
  }
}
