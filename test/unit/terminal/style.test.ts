import { expect, test } from 'vitest';
import { noColors, terminalColors } from '../../../src/terminal/colors.ts';
import { styleFor } from '../../../src/terminal/style.ts';

test.each([
  [true, {}, terminalColors],
  [false, {}, noColors],
  [true, { NO_COLOR: '1' }, noColors],
  [true, { NO_COLOR: '' }, terminalColors],
  [true, { TERM: 'dumb' }, noColors],
  [false, { FORCE_COLOR: '1' }, terminalColors],
  [false, { FORCE_COLOR: '', NO_COLOR: '1' }, noColors],
  [false, { FORCE_COLOR: '1', NO_COLOR: '1' }, terminalColors],
  [true, { FORCE_COLOR: '0' }, noColors],
  [true, { FORCE_COLOR: 'false' }, noColors],
])('the colors of terminal %s with %j', (isTerminal, env, colors) => {
  expect(styleFor({ isTerminal, isFile: false, columns: 80 }, env).colors).toBe(colors);
});

test.each([
  [true, 100, 100],
  [true, 20, 60],
  [true, 300, 120],
  [true, undefined, 80],
  [true, 0, 80],
  [false, undefined, 80],
  [false, 200, 80],
])('the width of terminal %s with %s columns is %d', (isTerminal, columns, width) => {
  expect(styleFor({ isTerminal, isFile: false, columns }, {}).width).toBe(width);
});
