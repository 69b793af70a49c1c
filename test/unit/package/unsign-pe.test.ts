import { expect, test } from 'vitest';
import { unsignPe } from '../../../scripts/package/unsign-pe.ts';

const header = 0x80;
const entry = header + 24 + 112 + 32;

function program(signature: { offset: number; size: number }, length: number): Buffer {
  const file = Buffer.alloc(length, 5);
  file.writeUInt32LE(header, 0x3c);
  file.write('PE\0\0', header, 'latin1');
  file.writeUInt16LE(0x20b, header + 24);
  file.writeUInt32LE(signature.offset, entry);
  file.writeUInt32LE(signature.size, entry + 4);
  return file;
}

test('the signature at the end and its entry are removed', () => {
  const file = program({ offset: 900, size: 100 }, 1000);
  const unsigned = unsignPe(file);
  expect(unsigned.equals(program({ offset: 0, size: 0 }, 900))).toBe(true);
  expect(file.length).toBe(1000);
});

test('a program without a signature stays as it is', () => {
  const file = program({ offset: 0, size: 0 }, 1000);
  expect(unsignPe(file)).toBe(file);
});

test('a signature elsewhere, and another file, are errors', () => {
  expect(() => unsignPe(program({ offset: 800, size: 100 }, 1000))).toThrow('not at the end');
  expect(() => unsignPe(Buffer.alloc(1000))).toThrow('not PE');
});
