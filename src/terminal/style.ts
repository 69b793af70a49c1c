import type { Environment } from '../ports.ts';
import { type CiSystem, ciSystemOf, showsColors } from './ci-log.ts';
import { type Colors, noColors, terminalColors } from './colors.ts';
import { logColumns } from './layout.ts';

/** What a text is printed to. */
export interface Terminal {
  readonly isTerminal: boolean;
  /** Whether it is a regular file. */
  readonly isFile: boolean;
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
 * The CI system whose log gets what is printed; undefined for a terminal and a file.
 */
export function ciLogBehind(
  { isTerminal, isFile }: Terminal,
  env: Environment,
): CiSystem | undefined {
  return isTerminal || isFile ? undefined : ciSystemOf(env);
}

/**
 * The style of a text: as wide as the terminal, or 80 columns in a log. FORCE_COLOR
 * (force-color.org) turns colors on, NO_COLOR (no-color.org) and TERM=dumb turn them off; without
 * these, a terminal has colors, and so has a log that shows them.
 * @param system the CI system whose log gets the text
 */
export function styleFor(
  { isTerminal, columns }: Terminal,
  env: Environment,
  system?: CiSystem,
): Style {
  const known = isTerminal && columns !== undefined && columns > 0 ? columns : logColumns;
  return {
    width: Math.min(maxColumns, Math.max(minColumns, known)),
    colors: hasColors(isTerminal, env, system) ? terminalColors : noColors,
  };
}

function hasColors(isTerminal: boolean, env: Environment, system: CiSystem | undefined): boolean {
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  if (env['NO_COLOR']) return false;
  // The TERM of a job says nothing about the log that people read.
  return showsColors(system) || (isTerminal && env['TERM'] !== 'dumb');
}
