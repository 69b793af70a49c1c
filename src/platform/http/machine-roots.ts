import { type Dirent, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { getCACertificates } from 'node:tls';
import type { Environment } from '../../ports.ts';
import { quoteInput } from '../../sanitize.ts';
import { readTextFile } from '../text-file.ts';
import { pemCertificates } from './pem-certificates.ts';

/** The CAs of the machine, as PEM. */
export interface MachineRoots {
  /** Those of NODE_EXTRA_CA_CERTS, as in every program that runs on Node. */
  extra(): readonly string[];
  /** Those of the system, and of SSL_CERT_FILE and SSL_CERT_DIR, which usually name them. */
  system(): readonly string[];
}

/** Where distributions keep their CAs, from Go's crypto/x509/root_linux.go, so as kubectl. */
const linuxFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
const linuxFolders = ['/etc/ssl/certs', '/etc/pki/tls/certs'];

/** The most files that are read in a folder: far more than any system has. */
const maxFiles = 5000;

/**
 * The CAs of the system, of NODE_EXTRA_CA_CERTS, of SSL_CERT_FILE and of the folders of SSL_CERT_DIR,
 * which are separated like those of PATH. All of them add up. The packaged runtime does not read these
 * variables (scripts/package/runtime-variables.ts), because it prints warnings on stderr; for the same
 * reason it does not read the CAs of Linux. Nothing is read before a function is called. What a
 * variable names but cannot be read is skipped, with a note.
 * @param remainingMs how long to wait for data, in milliseconds
 * @param note receives a line for `-v`
 */
export function machineRoots(
  env: Environment,
  remainingMs: () => number,
  note: (text: string) => void,
): MachineRoots {
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
    system: () => [
      ...(process.platform === 'linux' ? linuxRoots(remainingMs) : getCACertificates('system')),
      ...named('SSL_CERT_FILE'),
      ...inFolders('SSL_CERT_DIR'),
    ],
  };
}

/** The CAs of Linux; what does not exist or cannot be read is skipped. */
function linuxRoots(remainingMs: () => number): readonly string[] {
  const inFolders = linuxFolders.flatMap((folder) => {
    const files = filesIn(folder);
    return typeof files === 'string' ? [] : files;
  });
  return [...new Set([...linuxFiles, ...inFolders])].flatMap((path) => {
    const found = certificatesIn(path, remainingMs());
    return typeof found === 'string' ? [] : found;
  });
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
