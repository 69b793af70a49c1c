import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withDebianPackages } from '../package/debian-root.ts';
import type { TarEntry } from './tar.ts';

/** The CA certificates of Debian in the file where OpenSSL, Go and Node look for them. */
export async function caCertificates(): Promise<readonly TarEntry[]> {
  return await withDebianPackages(['ca-certificates:all'], async (unpacked) => {
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
  });
}
