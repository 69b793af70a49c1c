import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

const command = { segment64: 0x19, signature: 0x1d };
const pageSize = 4096;
/** Segments of arm64 are aligned to pages of this size; x64 takes them, too. */
const segmentAlignment = 16_384;
const signatureCommandSize = 16;
/** The fixed part of a CodeDirectory of version 0x20400. */
const directorySize = 88;

interface Layout {
  readonly commands: number;
  readonly commandsSize: number;
  /** The end of the load commands. */
  readonly end: number;
  /** The offset of the first section: the load commands must end before it. */
  readonly firstSection: number;
  readonly text: { readonly offset: number; readonly size: number };
  /** The offset of the load command of __LINKEDIT, the last segment. */
  readonly linkEdit: number;
  readonly isSigned: boolean;
}

/** The load commands of the segment with the blob and of the signature. */
const neededRoom = 168;

/**
 * Checks that a 64-bit Mach-O file has room for the load commands of a blob and of a signature.
 * Otherwise postject moves all code, but not the tables that count from the header, and the program
 * would crash at its start.
 * @throws Error if the room is too small
 */
export function checkHeaderRoom(file: Buffer): void {
  const { end, firstSection } = readLayout(file);
  const room = firstSection - end;
  if (room < neededRoom) throw new Error(`the header has room for ${room} of ${neededRoom} bytes`);
}

/**
 * Signs a 64-bit Mach-O file ad hoc, as the linkers of Go and Zig do: Apple silicon does not start a
 * program without a signature. The signature is a CodeDirectory with the SHA-256 of each page, and
 * does not say who signed.
 * @param identifier the name of the program in its signature
 * @throws Error if the file is signed already, or its header has no room for the load command
 */
export async function signMachO(path: string, identifier: string): Promise<void> {
  await writeFile(path, withSignature(await readFile(path), identifier));
}

function withSignature(unsigned: Buffer, identifier: string): Buffer {
  const layout = readLayout(unsigned);
  const { commands, commandsSize, end, firstSection, text, linkEdit } = layout;
  if (layout.isSigned) throw new Error('the file has a signature already');
  if (end + signatureCommandSize > firstSection) throw new Error('no room for the signature');
  const limit = Math.ceil(unsigned.length / 16) * 16;
  const name = Buffer.from(`${identifier}\0`, 'latin1');
  const pages = Math.ceil(limit / pageSize);
  const directoryLength = directorySize + name.length + 32 * pages;
  const length = 20 + directoryLength;
  const file = Buffer.concat([unsigned, Buffer.alloc(limit - unsigned.length + length)]);

  writeWords(file, end, [command.signature, signatureCommandSize, limit, length]);
  writeWords(file, 16, [commands + 1, commandsSize + signatureCommandSize]);
  const size = limit + length - Number(file.readBigUInt64LE(linkEdit + 40));
  file.writeBigUInt64LE(BigInt(size), linkEdit + 48);
  const inMemory = Math.ceil(size / segmentAlignment) * segmentAlignment;
  file.writeBigUInt64LE(BigInt(inMemory), linkEdit + 32);

  const directory = Buffer.alloc(directorySize);
  const adHoc = 0x2;
  const hashes = directorySize + name.length;
  const words = [
    0xfade0c02,
    directoryLength,
    0x20400,
    adHoc,
    hashes,
    directorySize,
    0,
    pages,
    limit,
  ];
  for (const [index, word] of words.entries()) directory.writeUInt32BE(word, 4 * index);
  // The size of a hash, SHA-256, no platform, and the size of a page as a power of two.
  directory.set([32, 2, 0, 12], 36);
  directory.writeBigUInt64BE(BigInt(text.offset), 64);
  directory.writeBigUInt64BE(BigInt(text.size), 72);
  const mainBinary = 1n;
  directory.writeBigUInt64BE(mainBinary, 80);

  const digests = Array.from({ length: pages }, (_, page) =>
    createHash('sha256')
      .update(file.subarray(page * pageSize, Math.min((page + 1) * pageSize, limit)))
      .digest(),
  );
  const index = Buffer.alloc(20);
  for (const [at, word] of [0xfade0cc0, length, 1, 0, 20].entries()) {
    index.writeUInt32BE(word, 4 * at);
  }
  Buffer.concat([index, directory, name, ...digests]).copy(file, limit);
  return file;
}

function readLayout(file: Buffer): Layout {
  if (file.readUInt32LE(0) !== 0xfeedfacf) throw new Error('not a 64-bit Mach-O file');
  const commands = file.readUInt32LE(16);
  const commandsSize = file.readUInt32LE(20);
  const segments = new Map<string, number>();
  let firstSection = file.length;
  let isSigned = false;
  let at = 32;
  for (let index = 0; index < commands; index += 1) {
    const kind = file.readUInt32LE(at);
    isSigned ||= kind === command.signature;
    if (kind === command.segment64) {
      segments.set(file.toString('latin1', at + 8, at + 24).replace(/\0+$/, ''), at);
      for (let left = file.readUInt32LE(at + 64); left > 0; left -= 1) {
        const offset = file.readUInt32LE(at + 72 + 80 * (left - 1) + 48);
        if (offset > 0) firstSection = Math.min(firstSection, offset);
      }
    }
    at += file.readUInt32LE(at + 4);
  }
  const text = segments.get('__TEXT');
  const linkEdit = segments.get('__LINKEDIT');
  if (text === undefined || linkEdit === undefined) throw new Error('a segment is missing');
  const part = {
    offset: Number(file.readBigUInt64LE(text + 40)),
    size: Number(file.readBigUInt64LE(text + 48)),
  };
  return { commands, commandsSize, end: at, firstSection, text: part, linkEdit, isSigned };
}

function writeWords(file: Buffer, offset: number, words: readonly number[]): void {
  for (const [index, word] of words.entries()) file.writeUInt32LE(word, offset + 4 * index);
}
