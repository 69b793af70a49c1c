import type { Settings } from '../config/resolve.ts';
import type { Outside, Renewal } from './outside.ts';
import { renewalSettings } from './renewal-settings.ts';

/** Opens a renewal when it is first needed. */
export interface RenewalOpener {
  /** Within the deadline of the whole call, or with at most these milliseconds from now. */
  open(atMostMs?: number): Promise<Renewal>;
  /** Lets the next call open another one, with all the time there is. */
  reopen(): Promise<void>;
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** Opens the renewal at the first call, and closes it if it was opened. */
export function onDemand(settings: Settings, outside: Outside): RenewalOpener {
  let opened: Promise<Renewal> | undefined;
  // What could not be opened has been told by whoever opened it.
  const close = async (): Promise<void> => {
    await opened?.then(
      (renewal) => renewal.close(),
      () => {},
    );
  };
  return {
    open: (atMostMs) => {
      const times = atMostMs === undefined ? {} : { atMostMs };
      opened ??= outside.openRenewal({ ...renewalSettings(settings, outside), ...times }, outside);
      return opened;
    },
    async reopen() {
      await close();
      opened = undefined;
    },
    close,
  };
}
