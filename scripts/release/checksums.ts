/** The name of the file with the checksums of all others. */
export const checksumsFile = 'checksums.txt';

/**
 * The content of checksums.txt, which `sha256sum --check` reads.
 * @param hashes the SHA-256 of each file in hex, by name
 */
export function checksumsText(hashes: ReadonlyMap<string, string>): string {
  return [...hashes.keys()]
    .sort()
    .map((name) => `${hashes.get(name)}  ${name}\n`)
    .join('');
}
