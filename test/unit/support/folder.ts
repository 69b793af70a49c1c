import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder (0700) that goes when the test is over. */
export function emptyFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'dexchange-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
