/** Finds an asset in a binary: the name and the bytes, each after its length in 8 bytes. */
export function assetRange(bytes: Buffer, name: string): { start: number; end: number } {
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + 1)) {
    if (bytes.readBigUInt64LE(at - 8) !== BigInt(name.length)) continue;
    const start = at + name.length + 8;
    return { start, end: start + Number(bytes.readBigUInt64LE(start - 8)) };
  }
  throw new Error(`the binary has no asset ${name}`);
}

/** The start of the blob with the assets; the code caches of Node itself are before it. */
export function blobStart(bytes: Buffer, within: number): number {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(0x143da20);
  return bytes.lastIndexOf(magic, within);
}
