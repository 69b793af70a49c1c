/** A 64-bit little-endian ELF file: the offsets of the fields that change when bytes move. */
const header = {
  programHeaders: 0x20,
  sectionHeaders: 0x28,
  sectionCount: 0x3c,
  nameSection: 0x3e,
};
const programHeaderSize = 0x38;
const sectionHeaderSize = 0x40;
const loadSegment = 1;
const noBitsSection = 8;
const allocated = 2n;

interface Move {
  readonly from: number;
  readonly end: number;
  readonly to: number;
}

/**
 * Removes everything from a 64-bit little-endian ELF program that is not loaded into memory: symbols
 * and debug information, a sixth of Node. Unlike strip(1), it gives the same bytes on every machine,
 * and takes programs of other processors. What is loaded keeps its addresses.
 * @param program the program, which is not changed
 * @throws Error if the file is not such a program
 */
export function stripElf(program: Buffer): Buffer {
  if (program.toString('latin1', 0, 6) !== '\x7fELF\x02\x01') throw new Error('not ELF64 LE');
  const moves = segmentMoves(program);
  const moved = (offset: number): number => {
    const move = moves.find(({ from, end }) => offset >= from && offset <= end);
    if (move === undefined) throw new Error(`no segment contains offset ${offset}`);
    return offset - move.from + move.to;
  };
  const last = moves.at(-1);
  const length = last === undefined ? 0 : last.to + last.end - last.from;
  const loaded = Buffer.alloc(length);
  for (const { from, end, to } of moves) program.copy(loaded, to, from, end);

  const tableAt = moved(number(program, header.programHeaders));
  for (const at of programHeaders(loaded, tableAt)) {
    if (number(loaded, at + 0x20) > 0) write(loaded, at + 8, moved(number(loaded, at + 8)));
  }
  const { names, headers } = loadedSections(program, moved);
  const sectionsAt = align(length + names.length, 8);
  write(loaded, header.programHeaders, tableAt);
  write(loaded, header.sectionHeaders, sectionsAt);
  const count = headers.length / sectionHeaderSize;
  loaded.writeUInt16LE(count, header.sectionCount);
  loaded.writeUInt16LE(count - 1, header.nameSection);
  write(headers, headers.length - sectionHeaderSize + 0x18, length);
  const padding = Buffer.alloc(sectionsAt - length - names.length);
  return Buffer.concat([loaded, names, padding, headers]);
}

/** Where the bytes of each loaded segment go: as far to the front as its alignment allows. */
function segmentMoves(program: Buffer): readonly Move[] {
  const segments = programHeaders(program, number(program, header.programHeaders))
    .filter((at) => program.readUInt32LE(at) === loadSegment && number(program, at + 0x20) > 0)
    .map((at) => ({
      from: number(program, at + 8),
      size: number(program, at + 0x20),
      alignment: number(program, at + 0x30),
    }))
    .sort((a, b) => a.from - b.from);
  const moves: Move[] = [];
  let free = 0;
  for (const { from, size, alignment } of segments) {
    // The offset and the address of a segment must agree modulo its alignment.
    const to = free + ((((from - free) % alignment) + alignment) % alignment);
    moves.push({ from, end: from + size, to });
    free = to + size;
  }
  return moves;
}

/** The headers of the loaded sections and of the section with their names, and these names. */
function loadedSections(
  program: Buffer,
  moved: (offset: number) => number,
): { names: Buffer; headers: Buffer } {
  const table = number(program, header.sectionHeaders);
  const all = Array.from({ length: program.readUInt16LE(header.sectionCount) }, (_, index) =>
    program.subarray(table + index * sectionHeaderSize, table + (index + 1) * sectionHeaderSize),
  );
  const nameSection = all[program.readUInt16LE(header.nameSection)];
  if (nameSection === undefined) throw new Error('the section headers have no names');
  const namesAt = number(nameSection, 0x18);
  const names = program.subarray(namesAt, namesAt + number(nameSection, 0x20));
  const kept = all.filter((s, index) => index === 0 || (s.readBigUInt64LE(8) & allocated) !== 0n);
  const index = (old: number): number => Math.max(0, kept.indexOf(all[old] ?? nameSection));
  const headers = kept.map((section) => {
    const copy = Buffer.from(section);
    if (section !== all[0] && section.readUInt32LE(4) !== noBitsSection) {
      write(copy, 0x18, moved(number(section, 0x18)));
    }
    copy.writeUInt32LE(index(section.readUInt32LE(0x28)), 0x28);
    return copy;
  });
  return { names: Buffer.from(names), headers: Buffer.concat([...headers, nameSection]) };
}

function programHeaders(file: Buffer, table: number): readonly number[] {
  const count = file.readUInt16LE(0x38);
  return Array.from({ length: count }, (_, index) => table + index * programHeaderSize);
}

function number(file: Buffer, offset: number): number {
  return Number(file.readBigUInt64LE(offset));
}

function write(file: Buffer, offset: number, value: number): void {
  file.writeBigUInt64LE(BigInt(value), offset);
}

function align(offset: number, alignment: number): number {
  return Math.ceil(offset / alignment) * alignment;
}
