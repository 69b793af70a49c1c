import { expect } from 'vitest';

/** What `kubeconfig --write-to` prints on stderr when it has written a file. */
export const writtenNotice = expect.stringMatching(
  /^wrote cluster .+, user .+ and context .+ to .+\nto try it .+ run `dexchange whoami --kubeconfig .+`\n$/,
);
