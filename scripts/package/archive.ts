import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';

/**
 * Packs files of a folder into a tar.gz that has the same bytes for the same content: sorted, owned
 * by root, with the time of the commit. Needs GNU tar.
 * @param folder the root of the paths in the archive
 * @param entries files and folders
 * @param output the file to write
 * @throws Error if tar fails
 */
export async function writeArchive(
  folder: string,
  entries: readonly string[],
  output: string,
): Promise<void> {
  const seconds = await commitTime(folder);
  const owner = ['--owner=0', '--group=0', '--numeric-owner', '--mode=u=rwX,go=rX'];
  const order = ['--sort=name', `--mtime=@${seconds}`, '--format=ustar'];
  const tar = spawn('tar', [...order, ...owner, '-C', folder, '-cf', '-', ...entries], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((done, failed) => {
    tar.on('error', failed);
    tar.on('close', done);
  });
  const unfinished = `${output}.new`;
  await Promise.all([
    pipeline(tar.stdout, createGzip({ level: 9 }), createWriteStream(unfinished)),
    ended,
  ]);
  const code = await ended;
  if (code !== 0) throw new Error(`tar ended with ${code}`);
  await rename(unfinished, output);
}

/** The time of the commit in seconds since 1970; 0 without git. */
async function commitTime(folder: string): Promise<string> {
  const git = promisify(execFile)('git', ['log', '-1', '--format=%ct'], { cwd: folder });
  return git.then(({ stdout }) => stdout.trim() || '0').catch(() => '0');
}
