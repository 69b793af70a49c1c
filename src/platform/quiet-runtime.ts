// main.ts imports this module first. With NODE_DEBUG, an unchanged Node logs to process.stderr,
// including the environment of child processes and the bytes of pipes; so may libraries with
// console.error. This module discards that output. dexchange itself does not use process.stderr (see
// terminal.ts).
Object.defineProperty(process, 'stderr', { value: { write: () => true } });
