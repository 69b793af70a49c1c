import type { ParsedArguments } from '../../config/parse-arguments.ts';
import { bugError } from '../../errors.ts';
import { parseJsonObject } from '../../json.ts';

/** The answer of the agent in the background when its files exist. */
export interface ReadyMessage {
  readonly folder: string;
  readonly tokenFile: string;
  readonly kubeconfig: string;
  readonly pid: number;
  readonly statusUrl: string | undefined;
  /** Lines for the user. */
  readonly notices: readonly string[];
}

/**
 * The message of `agent start` to the agent that it starts: the flags, which can contain secrets.
 * @param ownerPid the process with which the agent ends
 */
export function startMessageText(
  flags: ParsedArguments['flags'],
  ownerPid: number | undefined,
): string {
  const args = [...flags.values()].flat().map(({ flag, text }) => `--${flag}=${text}`);
  return JSON.stringify({ args, ownerPid });
}

/**
 * Reads the message of `agent start`: the arguments, and the process with which the agent ends.
 * @throws DexchangeError bug if the message is incomplete, because `agent start` was killed
 */
export function readStartMessage(text: string): {
  readonly args: readonly string[];
  readonly ownerPid: number | undefined;
} {
  const { args, ownerPid } = parseJsonObject(text) ?? {};
  // An agent without an owner would run for hours.
  if (!Array.isArray(args)) throw bugError('the agent received an invalid message', undefined);
  return {
    args: args.map(String),
    ownerPid: typeof ownerPid === 'number' ? ownerPid : undefined,
  };
}

/** Formats the answer. */
export function readyMessageText(message: ReadyMessage): string {
  return JSON.stringify(message);
}

/** Reads the answer. @throws DexchangeError bug if it is invalid */
export function readReadyMessage(text: string): ReadyMessage {
  const { folder, tokenFile, kubeconfig, pid, statusUrl, notices } = parseJsonObject(text) ?? {};
  if (
    typeof folder !== 'string' ||
    typeof tokenFile !== 'string' ||
    typeof kubeconfig !== 'string'
  ) {
    throw bugError('the agent sent an invalid answer', undefined);
  }
  return {
    folder,
    tokenFile,
    kubeconfig,
    pid: Number(pid),
    statusUrl: typeof statusUrl === 'string' ? statusUrl : undefined,
    notices: Array.isArray(notices) ? notices.map(String) : [],
  };
}
