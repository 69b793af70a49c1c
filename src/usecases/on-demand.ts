import type { Settings } from '../config/resolve.ts';
import { networkInput } from '../inputs/network.ts';
import type { Network, Runtime } from './outside.ts';

/** Opens a renewal when it is first needed. */
export interface NetworkOpener {
  /** Within the deadline of the whole call, or with at most these milliseconds from now. */
  open(atMostMs?: number): Promise<Network>;
  /** Lets the next call open another one, with all the time there is. */
  reopen(): Promise<void>;
  /** Closes what was opened. */
  close(): Promise<void>;
}

/** Opens the renewal at the first call, and closes it if it was opened. */
export function onDemand(settings: Settings, runtime: Runtime): NetworkOpener {
  let opened: Promise<Network> | undefined;
  // What could not be opened has been told by whoever opened it.
  const close = async (): Promise<void> => {
    await opened?.then(
      (network) => network.close(),
      () => {},
    );
  };
  return {
    open: (atMostMs) => {
      const times = atMostMs === undefined ? {} : { atMostMs };
      opened ??= runtime.openNetwork({ ...networkInput(settings, runtime), ...times }, runtime);
      return opened;
    },
    async reopen() {
      await close();
      opened = undefined;
    },
    close,
  };
}
