// Imported before anything else. NODE_DEBUG makes the runtime tell its inner life on process.stderr,
// the environment of a child and the bytes of a pipe among it: nothing of ours writes there (see
// terminal.ts), and what is on stderr must be ours.
Object.defineProperty(process, 'stderr', { value: { write: () => true } });
