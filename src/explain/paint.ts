/** How a terminal shows what is good, odd and bad; plain text where there is none. */
export interface Paint {
  readonly good: (text: string) => string;
  readonly odd: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

const plain = (text: string): string => text;

export const noPaint: Paint = { good: plain, odd: plain, bad: plain, strong: plain, faint: plain };

/** The colours of a terminal (ECMA-48, SGR). */
export const terminalPaint: Paint = {
  good: sgr(32),
  odd: sgr(33),
  bad: sgr(31),
  strong: sgr(1),
  faint: sgr(2),
};

function sgr(code: number): (text: string) => string {
  return (text) => `\u001b[${code}m${text}\u001b[0m`;
}

/** Colour only on a terminal that can, and where nobody objects (no-color.org). */
export function paintFor(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Paint {
  return isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb' ? terminalPaint : noPaint;
}
