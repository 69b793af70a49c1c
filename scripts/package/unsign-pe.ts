/**
 * Removes the signature from a PE32+ program: it would not match the executable, and a wrong
 * signature is worse than none. postject drops the bytes, but leaves the entry that points to them.
 * @param program the program, which is not changed
 * @throws Error if the file is not such a program, or the signature is not at its end
 */
export function unsignPe(program: Buffer): Buffer {
  const header = program.readUInt32LE(0x3c);
  const optional = header + 24;
  if (program.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error('not PE');
  if (program.readUInt16LE(optional) !== 0x20b) throw new Error('not PE32+');
  // The entry of the signatures, the only one that has an offset in the file instead of an address.
  const entry = optional + 112 + 8 * 4;
  const offset = program.readUInt32LE(entry);
  const size = program.readUInt32LE(entry + 4);
  if (size === 0) return program;
  if (offset + size !== program.length) throw new Error('the signature is not at the end');
  const unsigned = Buffer.from(program.subarray(0, offset));
  unsigned.fill(0, entry, entry + 8);
  return unsigned;
}
