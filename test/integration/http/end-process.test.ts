import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const module = fileURLToPath(new URL('../../../src/platform/http/end-process.ts', import.meta.url));

// Simulates a running name lookup: opening a FIFO without a writer blocks a thread of the same pool.
test.skipIf(process.platform === 'win32')(
  'replaceProcess ends the process while a thread is blocked',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dexchange-end-'));
    try {
      const fifo = join(folder, 'fifo');
      execFileSync('mkfifo', [fifo]);
      const script = `
      import { open, writeSync } from 'node:fs';
      import { replaceProcess } from ${JSON.stringify(module)};
      open(${JSON.stringify(fifo)}, 'r', () => {});
      setTimeout(() => { writeSync(1, 'out'); writeSync(2, 'err'); replaceProcess(5); }, 50);
    `;
      const ended = await new Promise((resolve) => {
        execFile(
          process.execPath,
          ['--input-type=module', '-e', script],
          { timeout: 20_000 },
          (error, stdout, stderr) => resolve({ code: error?.code, stdout, stderr }),
        );
      });
      expect(ended).toEqual({ code: 5, stdout: 'out', stderr: 'err' });
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
