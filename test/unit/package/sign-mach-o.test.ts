import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { checkHeaderRoom, signMachO } from '../../../scripts/package/sign-mach-o.ts';
import { freshFolder } from '../../support/dexchange.ts';
import { readSignature, segments } from '../../support/mach-o.ts';

const segmentSize = 72;
const sectionSize = 80;

/** A Mach-O file with a code section at an offset, and a last segment of `linkEdit` bytes. */
function machO(section: number, linkEdit: number): Buffer {
  const textSize = 16_384;
  const file = Buffer.alloc(textSize + linkEdit, 7);
  const commands = 2 * segmentSize + sectionSize;
  file.fill(0, 0, 32 + commands);
  for (const [index, word] of [0xfeedfacf, 0x0100000c, 0, 2, 2, commands].entries()) {
    file.writeUInt32LE(word, 4 * index);
  }
  const segment = (at: number, name: string, offset: number, size: number, sections: number) => {
    file.writeUInt32LE(0x19, at);
    file.writeUInt32LE(segmentSize + sections * sectionSize, at + 4);
    file.write(name, at + 8, 'latin1');
    file.writeBigUInt64LE(BigInt(offset) + 0x100000000n, at + 24);
    file.writeBigUInt64LE(BigInt(size), at + 32);
    file.writeBigUInt64LE(BigInt(offset), at + 40);
    file.writeBigUInt64LE(BigInt(size), at + 48);
    file.writeUInt32LE(sections, at + 64);
  };
  segment(32, '__TEXT', 0, textSize, 1);
  file.writeUInt32LE(section, 32 + segmentSize + 48);
  segment(32 + segmentSize + sectionSize, '__LINKEDIT', textSize, linkEdit, 0);
  return file;
}

async function signed(file: Buffer): Promise<Buffer> {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  const path = join(folder.path, 'program');
  writeFileSync(path, file);
  await signMachO(path, 'dexchange');
  return readFileSync(path);
}

test.each([1, 4095, 4096, 40_000])('%i bytes in the last segment are signed, too', async (size) => {
  const file = await signed(machO(4096, size));
  const signature = readSignature(file);
  expect(signature).toMatchObject({ identifier: 'dexchange', flags: 2, wrongPages: [] });
  expect(signature.pages).toBe(Math.ceil(signature.limit / 4096));
  const [text, linkEdit] = segments(file);
  expect(text).toEqual(segments(machO(4096, size))[0]);
  expect((linkEdit?.offset ?? 0) + (linkEdit?.size ?? 0)).toBe(file.length);
  expect(linkEdit?.memorySize).toBeGreaterThanOrEqual(linkEdit?.size ?? 0);
});

test('a changed byte does not match the signature', async () => {
  const file = await signed(machO(4096, 9000));
  file.writeUInt8(1, 5000);
  expect(readSignature(file).wrongPages).toEqual([1]);
});

test('a signed file is not signed twice', async () => {
  const once = await signed(machO(4096, 100));
  await expect(signed(once)).rejects.toThrow('the file has a signature already');
});

test.each([
  ['enough', 168, undefined],
  ['too little', 167, 'the header has room for 167 of 168 bytes'],
])('a header with %s room', (_kind, room, message) => {
  const file = machO(32 + 2 * segmentSize + sectionSize + room, 100);
  if (message === undefined) expect(() => checkHeaderRoom(file)).not.toThrow();
  else expect(() => checkHeaderRoom(file)).toThrow(message);
});

test('without room for its load command there is no signature', async () => {
  const file = machO(32 + 2 * segmentSize + sectionSize + 15, 100);
  await expect(signed(file)).rejects.toThrow('no room for the signature');
});
