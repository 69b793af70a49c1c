import { expect, test } from 'vitest';
import { renameVariables } from '../../../scripts/package/rename-variables.ts';
import { keptVariables, renamedVariables } from '../../../scripts/package/runtime-variables.ts';

function renamed(text: string, encoding: 'latin1' | 'utf16le', ...names: string[]): string {
  const bytes = Buffer.from(text, encoding);
  renameVariables(
    bytes,
    names.map((name) => ({ name })),
  );
  return bytes.toString(encoding);
}

test('renames C strings, JavaScript and snapshots alike', () => {
  const text = '\0NODE_X\0process.env.NODE_X;(NODE_X)\x06\0\0\0NODE_Xq';
  const expected = '\0$ODE_X\0process.env.$ODE_X;($ODE_X)\x06\0\0\0$ODE_Xq';
  expect(renamed(text, 'latin1', 'NODE_X')).toBe(expected);
});

test('renames UTF-16, which the functions of Windows take', () => {
  const text = '\0NODE_X\0MY_NODE_X';
  expect(renamed(text, 'utf16le', 'NODE_X')).toBe('\0$ODE_X\0MY_NODE_X');
});

test('does not rename the end of a longer word', () => {
  const text = 'MY_NODE_X $NODE_X 9NODE_X aNODE_X';
  expect(renamed(text, 'latin1', 'NODE_X')).toBe(text);
});

test('renames longer words with the same beginning, in any order of names', () => {
  for (const names of [
    ['NODE_X', 'NODE_X_Y'],
    ['NODE_X_Y', 'NODE_X'],
  ]) {
    expect(renamed('NODE_X NODE_X_Y NODE_X_Z', 'latin1', ...names)).toBe(
      '$ODE_X $ODE_X_Y $ODE_X_Z',
    );
  }
});

test('renames short names only as whole C strings', () => {
  const bytes = Buffer.from('\0LANG\0LANGUAGE\0LANG x\0SLANG\0');
  expect(renameVariables(bytes, [{ name: 'LANG', wholeString: true }]).get('LANG')).toBe(1);
  expect(bytes.toString()).toBe('\0$ANG\0LANGUAGE\0LANG x\0SLANG\0');
});

test('a second run changes nothing', () => {
  const bytes = Buffer.from('NODE_X\0NODE_X');
  expect(renameVariables(bytes, [{ name: 'NODE_X' }])).toEqual(new Map([['NODE_X', 2]]));
  expect(renameVariables(bytes, [{ name: 'NODE_X' }])).toEqual(new Map([['NODE_X', 0]]));
});

test('no variable is in the table twice', () => {
  const names = [...renamedVariables, ...keptVariables].map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('no kept variable begins with the name of a renamed one', () => {
  const clash = keptVariables.filter((kept) =>
    renamedVariables.some((row) => !row.wholeString && kept.name.startsWith(row.name)),
  );
  expect(clash).toEqual([]);
});
