/** Where an asset's bytes are in a packaged binary: after its name and its length, each behind 8 bytes of length. */
export function assetRange(bytes: Buffer, name: string): { start: number; end: number } {
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
    if (bytes.readBigUInt64LE(at - 8) !== BigInt(name.length)) continue;
    const start = at + name.length + 8;
    return { start, end: start + Number(bytes.readBigUInt64LE(start - 8)) };
  }
  throw new Error(`there is no asset ${name} in the binary`);
}
