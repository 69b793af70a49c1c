/** Functions that color a text for a terminal, by its meaning. */
export interface Colors {
  readonly ok: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly failed: (text: string) => string;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

const plain = (text: string): string => text;

/** Leaves every text as it is. */
export const noColors: Colors = {
  ok: plain,
  warning: plain,
  failed: plain,
  bold: plain,
  dim: plain,
};

/** Colors for a terminal (ECMA-48, SGR). */
export const terminalColors: Colors = {
  ok: sgr(32),
  warning: sgr(33),
  failed: sgr(31),
  bold: sgr(1),
  dim: sgr(2),
};

function sgr(code: number): (text: string) => string {
  return (text) => `\u001b[${code}m${text}\u001b[0m`;
}

/** Chooses colors for a terminal, unless NO_COLOR (no-color.org) or TERM=dumb is set. */
export function colorsFor(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Colors {
  return isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb' ? terminalColors : noColors;
}
