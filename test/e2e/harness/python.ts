import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './build.ts';
import { inTurn } from './in-turn.ts';

const run = promisify(execFile);

/** The Python client and its version; pip resolves its dependencies. */
const client = 'kubernetes==37.0.2';

// ansible-core alone has no modules for Kubernetes. They are in the package `ansible`, whose other
// collections would need 400 MB, so only this collection is taken from its archive.
const ansibleCore = 'ansible-core==2.19.5';
const collections = 'ansible==12.3.0';

/**
 * The path of a Python interpreter with the Kubernetes client, in a virtual environment in the
 * cache of the servers; undefined if the machine has no python3 with venv.
 */
export async function pythonWithKubernetes(): Promise<string | undefined> {
  return await environment('python', [client], async () => {});
}

/** Ansible with kubernetes.core: its program, and the folder of its collections. */
export interface Ansible {
  readonly playbook: string;
  /** For ANSIBLE_COLLECTIONS_PATH. */
  readonly collections: string;
}

/**
 * Ansible in a virtual environment in the cache of the servers, which takes a minute to create;
 * undefined if the machine has no python3 with venv, or if it is older than 3.11.
 */
export async function ansibleWithKubernetes(): Promise<Ansible | undefined> {
  const python = await environment(
    'ansible',
    [ansibleCore, client],
    async (python, folder) => {
      await pip(python, ['download', '--no-deps', '--dest', folder, collections]);
      const extract = `
import glob, sys, zipfile
[archive] = glob.glob(sys.argv[1] + '/*.whl')
with zipfile.ZipFile(archive) as wheel:
    for name in wheel.namelist():
        if name.startswith('ansible_collections/kubernetes/core/'):
            wheel.extract(name, sys.argv[1])
`;
      await run(python, ['-c', extract, folder]);
      await rm(join(folder, `ansible-${collections.split('==')[1]}-py3-none-any.whl`));
    },
    [collections],
  );
  if (python === undefined) return undefined;
  return {
    playbook: join(python, '../ansible-playbook'),
    collections: join(python, '../..'),
  };
}

/** An interpreter in a virtual environment with these packages; `finish` adds what pip does not. */
async function environment(
  name: string,
  packages: readonly string[],
  finish: (python: string, folder: string) => Promise<void>,
  more: readonly string[] = [],
): Promise<string | undefined> {
  const version = await run('python3', [
    '-c',
    'import sys, venv; print(sys.version_info >= (3, 11), sys.version)',
  ]).then(
    ({ stdout }) => stdout,
    () => undefined,
  );
  if (version === undefined || (name === 'ansible' && !version.startsWith('True'))) {
    return undefined;
  }
  const inputs = [...packages, ...more, version.replace(/^\w+ /, '')];
  const key = createHash('sha256').update(inputs.join('\n')).digest('hex').slice(0, 16);
  const folder = join(cacheFolder(), `${name}-${key}`);
  const marker = join(folder, 'complete');
  const python = join(folder, 'bin', 'python');
  await mkdir(cacheFolder(), { recursive: true, mode: 0o700 });
  const isComplete = () => existsSync(marker);
  await inTurn(folder, isComplete, async () => {
    // Its scripts contain its path, so it cannot be moved; the marker tells whether it is complete.
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    await run('python3', ['-m', 'venv', folder]);
    await pip(python, ['install', ...packages]);
    await finish(python, folder);
    await mkdir(marker);
  });
  return python;
}

async function pip(python: string, [command = '', ...args]: readonly string[]): Promise<void> {
  await run(python, [...['-m', 'pip', command, '--quiet', '--disable-pip-version-check'], ...args]);
}
