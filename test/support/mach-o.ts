import { createHash } from 'node:crypto';

/** The signature of a 64-bit Mach-O file, as a kernel reads it. */
export interface MachOSignature {
  readonly identifier: string;
  readonly flags: number;
  /** The end of what is signed. */
  readonly limit: number;
  /** The numbers of the pages whose hash is wrong. */
  readonly wrongPages: readonly number[];
  readonly pages: number;
}

interface Command {
  readonly kind: number;
  readonly at: number;
}

/** The load commands: their kinds and offsets. */
export function loadCommands(file: Buffer): readonly Command[] {
  const commands: Command[] = [];
  let at = 32;
  for (let left = file.readUInt32LE(16); left > 0; left -= 1) {
    commands.push({ kind: file.readUInt32LE(at), at });
    at += file.readUInt32LE(at + 4);
  }
  if (at - 32 !== file.readUInt32LE(20)) throw new Error('the size of the load commands is wrong');
  return commands;
}

/** The segments: names and places in the file and in memory. */
export function segments(file: Buffer) {
  return loadCommands(file)
    .filter(({ kind }) => kind === 0x19)
    .map(({ at }) => ({
      name: file.toString('latin1', at + 8, at + 24).replace(/\0+$/, ''),
      address: Number(file.readBigUInt64LE(at + 24)),
      memorySize: Number(file.readBigUInt64LE(at + 32)),
      offset: Number(file.readBigUInt64LE(at + 40)),
      size: Number(file.readBigUInt64LE(at + 48)),
    }));
}

/** Reads the signature and recomputes the hashes; throws if there is none. */
export function readSignature(file: Buffer): MachOSignature {
  const command = loadCommands(file).find(({ kind }) => kind === 0x1d);
  if (command === undefined) throw new Error('no signature');
  const start = file.readUInt32LE(command.at + 8);
  if (start + file.readUInt32LE(command.at + 12) !== file.length) throw new Error('not at the end');
  if (file.readUInt32BE(start) !== 0xfade0cc0) throw new Error('not a signature');
  const directory = start + file.readUInt32BE(start + 16);
  if (file.readUInt32BE(directory) !== 0xfade0c02) throw new Error('not a CodeDirectory');
  const word = (index: number): number => file.readUInt32BE(directory + 4 * index);
  const hashes = directory + word(4);
  const identifier = directory + word(5);
  const pages = word(7);
  const limit = word(8);
  if (limit !== start) throw new Error('the signature does not cover the file');
  const pageSize = 2 ** file.readUInt8(directory + 39);
  const wrongPages = Array.from({ length: pages }, (_, page) => page).filter((page) => {
    const end = Math.min((page + 1) * pageSize, limit);
    const digest = createHash('sha256')
      .update(file.subarray(page * pageSize, end))
      .digest();
    return !digest.equals(file.subarray(hashes + 32 * page, hashes + 32 * (page + 1)));
  });
  return {
    identifier: file.toString('latin1', identifier, file.indexOf(0, identifier)),
    flags: word(3),
    limit,
    wrongPages,
    pages,
  };
}
