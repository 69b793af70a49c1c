import { parseArgs } from 'node:util';
import { runTarget } from './run-target.ts';
import { targets } from './targets.ts';

// `npm run fuzz -- --minutes N [--seed S] [--only TARGET] [--runs N]`: varies what dexchange reads until
// the time is over. Ends with exit code 1 at the first input with an outcome that no user may see.

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    runs: { type: 'string', default: '500' },
  },
});
const chosen = targets.filter(({ name }) => values.only === undefined || name === values.only);
const minutes = Number(values.minutes ?? (values.seed === undefined ? 1 : 0));
const firstSeed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(values.runs);
if (chosen.length === 0 || ![minutes, firstSeed, runs].every(Number.isFinite)) {
  console.error('usage: npm run fuzz -- [--minutes N] [--seed S] [--only TARGET] [--runs N]');
  console.error(`targets: ${targets.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const endsAt = performance.now() + minutes * 60_000;
let total = 0;
console.log(`seed ${firstSeed}`);
for (let seed = firstSeed; ; seed++) {
  for (const target of chosen) {
    const failure = await runTarget(target, { seed, runs });
    if (failure !== undefined) {
      console.error(failure);
      process.exit(1);
    }
    total += runs;
    if (seed > firstSeed && performance.now() >= endsAt) break;
  }
  console.log(`seed ${seed}: ${total} inputs without a failure`);
  if (performance.now() >= endsAt) break;
}
process.exit(0);
