import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What all release files say about the program. */
export interface ReleaseInfo {
  /** The folder of the work tree. */
  readonly root: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** The web address of the project, if it is known. */
  readonly homepage: string | undefined;
  /** The address of the folder from which people download this version, if it is known. */
  readonly downloadUrl: string | undefined;
  readonly maintainer: string;
  /** The commit of the sources. */
  readonly commit: string;
  /** Whether the work tree differs from the commit. */
  readonly changed: boolean;
  /** Seconds since 1970: the time of the commit, which every file gets. */
  readonly epoch: number;
}

/** The fields of package.json that a release needs. */
export interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly homepage?: string;
  readonly repository?: string | { readonly url: string };
}

/**
 * Reads package.json, git, and the variables `SOURCE_DATE_EPOCH`, `DEXCHANGE_DOWNLOAD_URL` and
 * `DEXCHANGE_MAINTAINER`.
 * @throws Error if the folder is not a git work tree, or a variable is invalid
 */
export async function releaseInfo(
  root: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReleaseInfo> {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const git = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd: root })).stdout.trim();
  return {
    root,
    version: manifest.version,
    description: manifest.description,
    license: manifest.license,
    ...addressesOf(manifest, env),
    maintainer: env['DEXCHANGE_MAINTAINER'] || 'the dexchange authors',
    commit: await git('rev-parse', 'HEAD'),
    changed: (await git('status', '--porcelain')) !== '',
    epoch: epochOf(env['SOURCE_DATE_EPOCH'] || (await git('log', '-1', '--format=%ct'))),
  };
}

/**
 * The addresses of the project and of its downloads.
 * @throws Error if `DEXCHANGE_DOWNLOAD_URL` is not an https URL
 */
export function addressesOf(
  { version, homepage, repository }: Pick<Manifest, 'version' | 'homepage' | 'repository'>,
  env: Readonly<Record<string, string | undefined>>,
): Pick<ReleaseInfo, 'homepage' | 'downloadUrl'> {
  const source = webAddress(typeof repository === 'object' ? repository.url : repository);
  const chosen = env['DEXCHANGE_DOWNLOAD_URL'];
  const onGitHub = source?.startsWith('https://github.com/') ? source : undefined;
  return {
    homepage: homepage ?? source,
    downloadUrl: chosen
      ? httpsUrl(chosen)
      : onGitHub && `${onGitHub}/releases/download/v${version}`,
  };
}

/** The web address of a repository; npm also accepts git URLs. */
function webAddress(repository: string | undefined): string | undefined {
  const url = repository?.replace(/^git\+/, '').replace(/\.git$/, '');
  return url?.startsWith('https://') ? url : undefined;
}

function httpsUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === 'https:') return url.href.replace(/\/$/, '');
  throw new Error(`DEXCHANGE_DOWNLOAD_URL is not an https URL: ${JSON.stringify(text)}`);
}

function epochOf(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new Error(`SOURCE_DATE_EPOCH is not a number of seconds: ${JSON.stringify(text)}`);
}
