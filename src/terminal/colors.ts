import { styleText } from 'node:util';

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
  ok: painter('green'),
  warning: painter('yellow'),
  failed: painter('red'),
  bold: painter('bold'),
  dim: painter('dim'),
};

function painter(format: Parameters<typeof styleText>[0]): (text: string) => string {
  // The caller knows whether the text goes to a terminal; Node would look at its own stdout.
  return (text) => styleText(format, text, { validateStream: false });
}
