// main.ts imports this module first. With NODE_DEBUG, an unchanged Node logs to process.stderr,
// including the environment of child processes and the bytes of pipes; so may libraries with
// console.error. This module discards that output. dexchange itself does not use process.stderr (see
// terminal.ts).

// SIGUSR1 would open Node's inspector, which can read all secrets. Not by --disable-sigusr1: that blocks
// the signal, so that `dexchange exec` could not pass it on.
process.on('SIGUSR1', () => undefined);

Object.defineProperty(process, 'stderr', { value: { write: () => true } });
