import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildInputs } from './freshness.ts';

/** What a binary knows about its build; `dexchange version -o json` prints it. */
export interface BuildIdentity {
  readonly version: string;
  /** The commit of the sources, with `-dirty` if they were changed since; null without git. */
  readonly commit: string | null;
  /** The platform, as the table of targets names it. */
  readonly target: string;
  /** The address of the project; without it, kubeconfigs do not say where people get the program. */
  readonly homepage?: string;
}

/** Reads version and homepage from package.json, and the commit from git. */
export async function buildIdentity(root: string, target: string): Promise<BuildIdentity> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
    homepage?: string;
  };
  const { version, homepage } = manifest;
  const commit = await commitOf(root);
  return { version, commit, target, ...(homepage === undefined ? {} : { homepage }) };
}

async function commitOf(root: string): Promise<string | null> {
  const git = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: root })).stdout.trim();
  try {
    const commit = await git('rev-parse', 'HEAD');
    const changes = await git('status', '--porcelain', '--', ...buildInputs);
    return changes === '' ? commit : `${commit}-dirty`;
  } catch {
    return null;
  }
}
