import { isatty } from 'node:tty';
import { processStat } from './machine.ts';

/** The terminal that sends the signals of keys such as Ctrl-C. */
export interface SignalSource {
  /** Whether this process has a controlling terminal. */
  readonly exists: boolean;
  /** Whether this process is in the foreground, where the terminal signals its whole group. */
  isForeground(): boolean;
}

/**
 * Finds the controlling terminal of this process. Linux tells which group is in its foreground (proc(5),
 * fields tty_nr and tpgid of stat). Elsewhere, a standard stream that is a terminal counts as that terminal.
 */
export function signalSource(): SignalSource {
  const exists = terminalState()?.exists ?? [0, 1, 2].some((stream) => isatty(stream));
  return { exists, isForeground: () => exists && (terminalState()?.isForeground ?? true) };
}

function terminalState(): { exists: boolean; isForeground: boolean } | undefined {
  const stat = processStat('self');
  if (stat === undefined) return undefined;
  // State, ppid, pgrp, session, tty_nr, tpgid.
  const [, , group, , terminal, foreground] = stat;
  return { exists: terminal !== '0', isForeground: group === foreground };
}
