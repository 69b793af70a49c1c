import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Timing changes single bits of a code cache, so runs on a busy machine can differ. */
const mostRuns = 8;

/**
 * Lets a warming binary write its code caches until two runs have written the same bytes for each
 * script, so that another build of the same sources gets the same ones.
 * @param names the scripts
 * @param folder an existing folder, which receives `NAME.cache` for each script
 * @param warm exercises the binary, which writes `NAME.cache` into the given folder
 * @returns whether two runs agree on each code cache; those on which they do not are of the last run
 * @throws Error if a run does not write a code cache
 */
export async function writeCodeCaches(
  names: readonly string[],
  folder: string,
  warm: (written: string) => Promise<void>,
): Promise<boolean> {
  const seen = new Map(names.map((name) => [name, new Set<string>()]));
  for (let count = 1; count <= mostRuns && seen.size > 0; count += 1) {
    const written = join(folder, `run-${count}`);
    await mkdir(written);
    await warm(written);
    for (const [name, hashes] of seen) {
      const file = join(written, `${name}.cache`);
      const hash = await hashOf(file, name);
      await copyFile(file, join(folder, `${name}.cache`));
      if (hashes.has(hash)) seen.delete(name);
      hashes.add(hash);
    }
  }
  return seen.size === 0;
}

async function hashOf(file: string, script: string): Promise<string> {
  const content = await readFile(file).catch((cause: unknown) => {
    const what = `no exercised command loads ${script}, so it would have no code cache`;
    throw new Error(what, { cause });
  });
  return sha256(content);
}

/** The file that says of which scripts the code caches are. */
const scriptsFile = 'scripts.json';

/** Writes into a folder with code caches of which scripts they are. */
export async function recordScripts(
  folder: string,
  scripts: ReadonlyMap<string, string>,
): Promise<void> {
  await writeFile(join(folder, scriptsFile), hashesOf(scripts));
}

/**
 * Checks that the code caches in a folder are those of these scripts. V8 only compares the length of
 * a script, and would run the code of another one.
 * @throws Error if they are of others
 */
export async function checkScripts(
  folder: string,
  scripts: ReadonlyMap<string, string>,
): Promise<void> {
  const recorded = await readFile(join(folder, scriptsFile), 'utf8').catch(() => '');
  if (recorded !== hashesOf(scripts)) {
    throw new Error(`the code caches in ${folder} are those of other sources`);
  }
}

function hashesOf(scripts: ReadonlyMap<string, string>): string {
  const hashes = [...scripts].map(([name, text]) => [name, sha256(text)] as const).sort();
  return `${JSON.stringify(Object.fromEntries(hashes), null, 2)}\n`;
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
