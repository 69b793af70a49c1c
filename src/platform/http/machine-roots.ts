import { readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { pemCertificates } from '../../pem.ts';
import type { Environment } from '../../ports.ts';
import { quoteInput } from '../../sanitize.ts';
import { readTextFile, type UnreadableFile } from '../text-file.ts';

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
  const noted = (variable: string, path: string, found: Certificates): readonly string[] => {
    if (typeof found !== 'string') return found;
    note(`${variable}: ${quoteInput(path)} ${found}`);
    return [];
  };
  const inFile = (variable: string): readonly string[] => {
    const path = env[variable] ?? '';
    return path === '' ? [] : noted(variable, path, certificatesInFile(path, remainingMs()));
  };
  const inFolders = (variable: string): readonly string[] => {
    const folders = (env[variable] ?? '').split(delimiter).filter((folder) => folder !== '');
    return folders.flatMap((folder) =>
      noted(variable, folder, certificatesInFolder(folder, remainingMs)),
    );
  };
  return {
    extra: () => inFile('NODE_EXTRA_CA_CERTS'),
    system: () => [
      ...(process.platform === 'linux' ? linuxRoots(remainingMs) : getCACertificates('system')),
      ...inFile('SSL_CERT_FILE'),
      ...inFolders('SSL_CERT_DIR'),
    ],
  };
}

/** Certificates as PEM, or why there are none, to follow the name of the file or folder. */
type Certificates = readonly string[] | string;

/** The CAs of Linux; what does not exist or cannot be read is skipped. */
function linuxRoots(remainingMs: () => number): readonly string[] {
  return [
    ...linuxFiles.map((path) => certificatesInFile(path, remainingMs())),
    ...linuxFolders.map((folder) => certificatesInFolder(folder, remainingMs)),
  ].flatMap((found) => (typeof found === 'string' ? [] : found));
}

/** As in Go, all files count, not only those that are named after a hash. */
function certificatesInFolder(folder: string, remainingMs: () => number): Certificates {
  let names: readonly string[];
  try {
    names = readdirSync(folder).slice(0, maxFiles);
  } catch (error) {
    return `cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`;
  }
  const certificates = names.flatMap((name) => {
    const found = certificatesInFile(join(folder, name), remainingMs());
    return typeof found === 'string' ? [] : found;
  });
  return certificates.length === 0 ? 'contains no certificate' : certificates;
}

function certificatesInFile(path: string, remainingMs: number): Certificates {
  if (remainingMs <= 0) return 'was not read: the timeout expired';
  // A pipe could delay the call by seconds.
  if (isSpecial(path)) return 'is not a regular file';
  try {
    const certificates = pemCertificates(readTextFile(path, remainingMs));
    return certificates.length === 0 ? 'contains no certificate' : certificates;
  } catch (error) {
    return (error as UnreadableFile).message;
  }
}

/** Whether a path is neither a file nor a folder. */
function isSpecial(path: string): boolean {
  try {
    const kind = statSync(path);
    return !kind.isFile() && !kind.isDirectory();
  } catch {
    // Reading it tells why.
    return false;
  }
}
