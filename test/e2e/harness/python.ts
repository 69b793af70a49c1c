import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './build.ts';

const run = promisify(execFile);

/** The Python client and its version; pip resolves its dependencies. */
const requirement = 'kubernetes==37.0.2';

/**
 * The path of a Python interpreter with the Kubernetes client, in a virtual environment in the
 * cache of the servers; undefined if the machine has no python3 with venv.
 */
export async function pythonWithKubernetes(): Promise<string | undefined> {
  const version = await run('python3', ['-c', 'import sys, venv; print(sys.version)']).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
  if (version === undefined) return undefined;
  const key = createHash('sha256').update(`${requirement}\n${version}`).digest('hex').slice(0, 16);
  const folder = join(cacheFolder(), `python-${key}`);
  const marker = join(folder, 'complete');
  const python = join(folder, 'bin', 'python');
  if (existsSync(marker)) return python;
  // Its scripts contain its path, so it cannot be moved; the marker tells whether it is complete.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    requirement,
  ]);
  await mkdir(`${marker}.tmp`);
  await rename(`${marker}.tmp`, marker);
  return python;
}
