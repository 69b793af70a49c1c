import { type Dirent, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from '../../ports.ts';
import { quoteInput } from '../../sanitize.ts';
import { readTextFile } from '../text-file.ts';
import { pemCertificates } from './pem-certificates.ts';

/** The CAs that variables of the environment name, as PEM. */
export interface EnvironmentRoots {
  /** Those of NODE_EXTRA_CA_CERTS, as in every program that runs on Node. */
  extra(): readonly string[];
  /** Those of SSL_CERT_FILE and SSL_CERT_DIR, which usually name the CAs of the system. */
  system(): readonly string[];
}

/** The most files that are read in a folder: far more than any system has. */
const maxFiles = 5000;

/**
 * The CAs of NODE_EXTRA_CA_CERTS, SSL_CERT_FILE and the folders of SSL_CERT_DIR, which are separated
 * like those of PATH. They are trusted in addition to the other CAs. The packaged runtime does not
 * read these variables (scripts/package/runtime-variables.ts). Nothing is read before a function is
 * called. What cannot be read is skipped, with a note.
 * @param remainingMs how long to wait for data, in milliseconds
 * @param note receives a line for `-v`
 */
export function environmentRoots(
  env: Environment,
  remainingMs: () => number,
  note: (text: string) => void,
): EnvironmentRoots {
  const fromFile = (variable: string, path: string): readonly string[] => {
    const found = certificatesIn(path, remainingMs());
    if (typeof found !== 'string') return found;
    note(`${variable}: ${quoteInput(path)} ${found}`);
    return [];
  };
  const named = (variable: string): readonly string[] => {
    const path = env[variable] ?? '';
    return path === '' ? [] : fromFile(variable, path);
  };
  const inFolders = (variable: string): readonly string[] => {
    const folders = (env[variable] ?? '').split(delimiter).filter((folder) => folder !== '');
    return folders.flatMap((folder) => {
      const files = filesIn(folder);
      if (typeof files !== 'string') return files.flatMap((path) => fromFile(variable, path));
      note(`${variable}: ${quoteInput(folder)} ${files}`);
      return [];
    });
  };
  return {
    extra: () => named('NODE_EXTRA_CA_CERTS'),
    system: () => [...named('SSL_CERT_FILE'), ...inFolders('SSL_CERT_DIR')],
  };
}

/** The certificates in a file, or why there are none, to follow the file's name. */
function certificatesIn(path: string, maxWaitMs: number): readonly string[] | string {
  try {
    // A pipe could delay the call by seconds.
    const kind = statSync(path, { throwIfNoEntry: false });
    if (kind?.isFile() === false && !kind.isDirectory()) return 'is not a regular file';
    const certificates = pemCertificates(readTextFile(path, maxWaitMs));
    return certificates.length === 0 ? 'contains no certificate' : certificates;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The regular files of a folder, or why there are none. */
function filesIn(folder: string): readonly string[] | string {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .slice(0, maxFiles)
      .filter((entry) => isFile(folder, entry))
      .map((entry) => join(folder, entry.name));
  } catch (error) {
    return `cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`;
  }
}

function isFile(folder: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile();
  // The folders of OpenSSL contain links to the certificates, named after the hash of the subject.
  return statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isFile() === true;
}
