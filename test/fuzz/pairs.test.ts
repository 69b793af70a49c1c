import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createWorld } from '../support/hostile-world.ts';
import { commandLines } from '../support/setting-values.ts';
import { pairsOf, problemOfCase } from './pairs.ts';
import { picksOf } from './picks.ts';

// Every pair of settings and variables of every command, each given in every way, with good and bad
// values. `npm run fuzz -- --only pairs` combines them with other values.

const folder = mkdtempSync(join(tmpdir(), 'dexchange-pairs-'));
const world = await createWorld(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(Object.keys(commandLines(world)))(
  'each pair of flags and variables of %s gives an answer or an error with a hint',
  { timeout: 300_000 },
  async (command) => {
    const pick = picksOf(1);
    let count = 0;
    for (const pair of pairsOf(command, world, pick)) {
      count++;
      const problem = await problemOfCase(pair, world);
      expect(problem, JSON.stringify(pair)).toBeUndefined();
    }
    expect(count).toBeGreaterThan(40);
  },
);
