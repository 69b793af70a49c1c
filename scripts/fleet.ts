import { join, resolve } from 'node:path';
import { writeFigures } from './bench/report.ts';
import { helpText, parseRequest } from './fleet/options.ts';
import { reportText } from './fleet/report.ts';
import { simulate } from './fleet/simulate.ts';
import { usualFleetTables } from './fleet/usual-fleets.ts';

// What a fleet of CI jobs asks of Dex: `npm run fleet -- --help`. docs/fleet.md explains it.

const page = join(resolve(import.meta.dirname, '..'), 'docs/fleet.md');

/** Shows on a terminal what is going on. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}

async function main(): Promise<void> {
  const { fleet, does, writes } = parseRequest(process.argv.slice(2));
  // createHmac of Node throws and catches errors inside, whose stacks would take half of the time.
  if (does !== 'measure') Error.stackTraceLimit = 0;
  switch (does) {
    case 'help':
      console.log(helpText());
      return;
    case 'simulate':
      console.log(reportText(fleet, await simulate(fleet)));
      return;
    case 'table':
      return await publish(await usualFleetTables(progress), 'npm run fleet -- --table', writes);
    case 'measure': {
      // Loaded only now: the simulation needs Node alone.
      const { measure } = await import('./fleet/measure.ts');
      return await publish(await measure(progress), 'npm run fleet -- --measure', writes);
    }
  }
}

async function publish(text: string, command: string, writes: boolean): Promise<void> {
  console.log(text);
  if (writes) await writeFigures(page, text, command);
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
