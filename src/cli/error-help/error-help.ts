import type { ErrorCode } from '../../errors.ts';

/** What an error code means. Sentences; commands that can be copied are between backticks. */
export interface ErrorHelp {
  readonly meaning: string;
  /** The likely causes, the likeliest first. */
  readonly causes: readonly [string, ...string[]];
  readonly remedy: string;
}

/** The help of the error codes with the given prefixes. */
export type HelpOf<Prefix extends string> = Readonly<
  Record<Extract<ErrorCode, `${Prefix}${string}`>, ErrorHelp>
>;
