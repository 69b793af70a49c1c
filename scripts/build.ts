import { copyFile, mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { baseNode, targetNode } from './package/base-node.ts';
import { buildIdentity } from './package/build-identity.ts';
import { type BuildPlan, type Built, buildTarget } from './package/build-target.ts';
import { cleanEnvironment } from './package/clean-environment.ts';
import { isFresh } from './package/freshness.ts';
import { writeLibraries } from './package/libraries.ts';
import { directly, runnerOf } from './package/runner.ts';
import { programName, type Target, targetNamed, thisSystem } from './package/targets.ts';

// Builds dist/dexchange for this machine, or with --target NAME a folder of dist/targets for another
// platform. --caches FOLDER takes the code caches of an earlier build instead of making them.

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const workPrefix = '.build-';

/** Where the files of a build go. */
interface Place {
  readonly binary: string;
  readonly licenses: string;
  readonly caches: string;
  /** The folder of the libraries that the executable looks for. */
  readonly libraries: string | undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      target: { type: 'string' },
      caches: { type: 'string' },
      'if-needed': { type: 'boolean' },
    },
  });
  const target = values.target === undefined ? undefined : targetNamed(values.target);
  const place = placeOf(target);
  if (values['if-needed'] && (await isFresh(root, [place.binary, place.licenses]))) return;
  // A source that changes while the build runs must count as newer than the output.
  const started = new Date();
  await mkdir(dist, { recursive: true });
  await removeLeftovers();
  const work = await mkdtemp(join(dist, workPrefix));
  try {
    const caches = values.caches === undefined ? undefined : resolve(values.caches);
    const plan = await planOf(target, work, caches);
    // Only now, because npm and pip need some of the variables.
    cleanEnvironment();
    const built = await buildTarget(plan);
    await finish(target, place, built, started);
    const size = Math.round((await stat(place.binary)).size / 2 ** 20);
    step(`${place.binary.slice(root.length + 1)} ${plan.identity.version}, ${size} MiB`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The target and the Node of the build, which are fetched if this machine does not have them. */
async function planOf(
  target: Target | undefined,
  work: string,
  caches: string | undefined,
): Promise<BuildPlan> {
  const own = { name: `${thisSystem()}-${process.arch}`, os: thisSystem() };
  return {
    root,
    work,
    identity: await buildIdentity(root, target?.name ?? own.name),
    target: target ?? own,
    base: target === undefined ? baseNode(root) : await targetNode(root, target),
    runner: target === undefined ? directly : await runnerOf(root, target),
    caches,
    step,
  };
}

function placeOf(target: Target | undefined): Place {
  if (target === undefined) {
    return {
      binary: join(dist, programName({ os: thisSystem() })),
      licenses: join(dist, 'THIRD-PARTY-LICENSES.txt'),
      caches: join(dist, 'code-caches'),
      libraries: undefined,
    };
  }
  const folder = join(dist, 'targets', target.name);
  return {
    binary: join(folder, 'bin', programName(target)),
    licenses: join(folder, 'THIRD-PARTY-LICENSES.txt'),
    caches: join(folder, 'code-caches'),
    libraries: target.libraries === undefined ? undefined : join(folder, 'lib', 'dexchange'),
  };
}

/** Moves the files of a build to their places; the binary last. */
async function finish(
  target: Target | undefined,
  place: Place,
  { binary, licenses, caches }: Built,
  started: Date,
): Promise<void> {
  await mkdir(dirname(place.binary), { recursive: true });
  if (caches !== undefined && resolve(caches) !== place.caches) {
    await rm(place.caches, { recursive: true, force: true });
    await mkdir(place.caches);
    const files = (await readdir(caches)).filter((name) => /\.(?:cache|json)$/.test(name));
    await Promise.all(files.map((name) => copyFile(join(caches, name), join(place.caches, name))));
  }
  if (target !== undefined && place.libraries !== undefined) {
    await mkdir(place.libraries, { recursive: true });
    await writeLibraries(root, target, place.libraries);
  }
  await Promise.all([licenses, binary].map((file) => utimes(file, started, started)));
  await rename(licenses, place.licenses);
  // Renaming is atomic, and does not change a binary that is running.
  await rename(binary, place.binary);
}

/** Removes the folders of killed builds; the folder of a running build is less than 1 h old. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(dist)) {
    if (!name.startsWith(workPrefix)) continue;
    const folder = join(dist, name);
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (mtimeMs < Date.now() - 3_600_000) await rm(folder, { recursive: true, force: true });
  }
}

function step(text: string): void {
  console.log(`build: ${text}`);
}

await main();
