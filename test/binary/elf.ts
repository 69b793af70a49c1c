import { readFileSync } from 'node:fs';

/** The requirements of a 64-bit little-endian ELF file on its system. */
export interface ElfNeeds {
  /** The path of the dynamic loader; undefined for a library. */
  readonly interpreter: string | undefined;
  /** The names of the shared libraries (DT_NEEDED). */
  readonly libraries: readonly string[];
  /** The symbol versions, such as `GLIBC_2.28` (DT_VERNEED). */
  readonly versions: readonly string[];
}

const segment = { load: 1, dynamic: 2, interpreter: 3 };
const tag = { needed: 1n, strings: 5n, versions: 0x6ffffffen, versionFiles: 0x6fffffffn };

/** Reads the requirements from the program headers and the dynamic section of a file. */
export function elfNeeds(path: string): ElfNeeds {
  const file = readFileSync(path);
  if (file.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error(`${path}: not ELF64 LE`);
  const number = (offset: number): number => Number(file.readBigUInt64LE(offset));
  const text = (offset: number): string => file.toString('latin1', offset, file.indexOf(0, offset));

  const segments = Array.from({ length: file.readUInt16LE(0x38) }, (_, index) => {
    const header = number(0x20) + index * file.readUInt16LE(0x36);
    return {
      type: file.readUInt32LE(header),
      offset: number(header + 8),
      address: number(header + 16),
      size: number(header + 32),
    };
  });
  const offsetOf = (address: number): number => {
    const found = segments.find(
      (s) => s.type === segment.load && address >= s.address && address < s.address + s.size,
    );
    if (found === undefined) throw new Error(`${path}: no segment contains address ${address}`);
    return address - found.address + found.offset;
  };

  const dynamic = segments.find((s) => s.type === segment.dynamic);
  if (dynamic === undefined) return { interpreter: undefined, libraries: [], versions: [] };
  const entries: (readonly [bigint, number])[] = [];
  for (let at = dynamic.offset; file.readBigUInt64LE(at) !== 0n; at += 16) {
    entries.push([file.readBigUInt64LE(at), number(at + 8)]);
  }
  const value = (wanted: bigint): number => entries.find(([key]) => key === wanted)?.[1] ?? 0;
  const strings = offsetOf(value(tag.strings));

  const versions: string[] = [];
  let needed = value(tag.versions) === 0 ? 0 : offsetOf(value(tag.versions));
  for (let left = value(tag.versionFiles); left > 0; left -= 1) {
    let auxiliary = needed + file.readUInt32LE(needed + 8);
    for (let count = file.readUInt16LE(needed + 2); count > 0; count -= 1) {
      versions.push(text(strings + file.readUInt32LE(auxiliary + 8)));
      auxiliary += file.readUInt32LE(auxiliary + 12);
    }
    needed += file.readUInt32LE(needed + 12);
  }

  const interpreter = segments.find((s) => s.type === segment.interpreter);
  return {
    interpreter: interpreter === undefined ? undefined : text(interpreter.offset),
    libraries: entries
      .filter(([key]) => key === tag.needed)
      .map(([, offset]) => text(strings + offset)),
    versions,
  };
}
