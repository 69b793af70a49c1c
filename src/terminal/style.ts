import type { Environment } from '../ports.ts';
import { type Colors, noColors, terminalColors } from './colors.ts';
import { logColumns } from './layout.ts';

/** What a text is printed to. */
export interface Terminal {
  readonly isTerminal: boolean;
  /** The columns of the terminal; undefined if they are not known. */
  readonly columns: number | undefined;
}

/** How a text for people is printed. */
export interface Style {
  /** The columns of a line. */
  readonly width: number;
  readonly colors: Colors;
}

/** In a narrower terminal, the labels of a table leave no room for its values. */
const minColumns = 60;

/** A wider text is hard to read. */
const maxColumns = 120;

/**
 * The style of a text: as wide as the terminal, or 80 columns in a log. FORCE_COLOR
 * (force-color.org) turns colors on, NO_COLOR (no-color.org) and TERM=dumb turn them off; without
 * these, a terminal has colors.
 */
export function styleFor({ isTerminal, columns }: Terminal, env: Environment): Style {
  const known = isTerminal && columns !== undefined && columns > 0 ? columns : logColumns;
  return {
    width: Math.min(maxColumns, Math.max(minColumns, known)),
    colors: hasColors(isTerminal, env) ? terminalColors : noColors,
  };
}

function hasColors(isTerminal: boolean, env: Environment): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}
