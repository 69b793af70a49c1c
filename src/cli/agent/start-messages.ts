import type { ParsedArguments } from '../../config/parse-arguments.ts';
import { bugError } from '../../errors.ts';
import { parseJsonObject } from '../../json.ts';

/** What the agent in the background answers when its files are there. */
export interface ReadyMessage {
  readonly folder: string;
  readonly tokenFile: string;
  readonly kubeconfig: string;
  readonly pid: number;
  readonly statusUrl: string | undefined;
  /** What the user must know. */
  readonly notices: readonly string[];
}

/**
 * What `agent start` tells the agent that it starts: its flags, which can be secret.
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
 * @throws DexchangeError bug if it is not complete, because `agent start` was killed
 */
export function readStartMessage(text: string): {
  readonly args: readonly string[];
  readonly ownerPid: number | undefined;
} {
  const { args, ownerPid } = parseJsonObject(text) ?? {};
  // An agent without an owner would run for hours.
  if (!Array.isArray(args)) throw bugError('the agent got no valid message', undefined);
  return {
    args: args.map(String),
    ownerPid: typeof ownerPid === 'number' ? ownerPid : undefined,
  };
}

/** Formats the answer. */
export function readyMessageText(message: ReadyMessage): string {
  return JSON.stringify(message);
}

/** Reads the answer. @throws DexchangeError bug if it is none */
export function readReadyMessage(text: string): ReadyMessage {
  const { folder, tokenFile, kubeconfig, pid, statusUrl, notices } = parseJsonObject(text) ?? {};
  if (
    typeof folder !== 'string' ||
    typeof tokenFile !== 'string' ||
    typeof kubeconfig !== 'string'
  ) {
    throw bugError('the agent gave no valid answer', undefined);
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
