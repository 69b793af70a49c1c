/** What a 64-bit PE program is for, and the names of its raw resources (RT_RCDATA). */
export interface PortableExecutable {
  readonly machine: number;
  readonly rawResources: readonly string[];
  /** The size of the table of signatures. */
  readonly signatureSize: number;
}

const rawData = 10;
const directories = { resources: 2, signatures: 4 };

/** Reads a PE32+ file; throws if it is something else. */
export function readPe(file: Buffer): PortableExecutable {
  const header = file.readUInt32LE(0x3c);
  if (file.toString('latin1', header, header + 4) !== 'PE\0\0') throw new Error('not a PE file');
  const optional = header + 24;
  if (file.readUInt16LE(optional) !== 0x20b) throw new Error('not PE32+');
  const directory = (index: number) => ({
    address: file.readUInt32LE(optional + 112 + 8 * index),
    size: file.readUInt32LE(optional + 112 + 8 * index + 4),
  });
  const sections = optional + file.readUInt16LE(header + 20);
  const offsetOf = (address: number): number => {
    for (let left = file.readUInt16LE(header + 6); left > 0; left -= 1) {
      const at = sections + 40 * (left - 1);
      const start = file.readUInt32LE(at + 12);
      const size = file.readUInt32LE(at + 16);
      if (address >= start && address < start + size) {
        return address - start + file.readUInt32LE(at + 20);
      }
    }
    throw new Error(`no section contains ${address}`);
  };
  const resources = offsetOf(directory(directories.resources).address);
  return {
    machine: file.readUInt16LE(header + 4),
    rawResources: resourceNames(file, resources),
    signatureSize: directory(directories.signatures).size,
  };
}

function resourceNames(file: Buffer, resources: number): readonly string[] {
  const [, table] = entries(file, resources).find(([id]) => id === rawData) ?? [];
  if (table === undefined) return [];
  const inTable = resources + (table & 0x7fffffff);
  return entries(file, inTable)
    .filter(([id]) => (id & 0x80000000) !== 0)
    .map(([id]) => {
      const at = resources + (id & 0x7fffffff);
      return file.toString('utf16le', at + 2, at + 2 + 2 * file.readUInt16LE(at));
    });
}

/** The entries of a directory of resources: id or name, and place. */
function entries(file: Buffer, at: number): readonly (readonly [number, number])[] {
  const count = file.readUInt16LE(at + 12) + file.readUInt16LE(at + 14);
  return Array.from({ length: count }, (_, index) => {
    const entry = at + 16 + 8 * index;
    return [file.readUInt32LE(entry), file.readUInt32LE(entry + 4)] as const;
  });
}
