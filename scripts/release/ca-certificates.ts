import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackDebian } from '../package/debian-root.ts';
import type { TarEntry } from './tar.ts';

/** The CA certificates of Debian in the file where OpenSSL, Go and Node look for them. */
export async function caCertificates(): Promise<readonly TarEntry[]> {
  const unpacked = await mkdtemp(join(tmpdir(), 'dexchange-ca-'));
  try {
    await unpackDebian('ca-certificates:all', unpacked);
    const folder = join(unpacked, 'usr/share/ca-certificates/mozilla');
    const names = (await readdir(folder)).filter((name) => name.endsWith('.crt')).sort();
    const certificates = await Promise.all(
      names.map((name) => readFile(join(folder, name), 'utf8')),
    );
    const license = 'usr/share/doc/ca-certificates/copyright';
    return [
      { path: 'etc/ssl/certs/ca-certificates.crt', content: certificates.join('') },
      { path: license, content: await readFile(join(unpacked, license)) },
    ];
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}
