import { createHash } from 'node:crypto';
import type { Environment } from './ports.ts';

/**
 * The variable by which a dexchange tells its children what they are run for, and what it is run for
 * itself: digests, separated by commas. The underscore keeps it out of the names that a misspelt
 * setting could have.
 */
export const nestedCallsVariable = '_DEXCHANGE_CALLS';

/** More than any sensible nesting, for a chain in which each call differs. */
const maxDepth = 8;

/** Why a child is not run; `message` follows the name of the program. */
export class NestedCallError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * Rejects a child of a process that is the last of a long chain of calls.
 * @param depth how many calls of dexchange wait for this one
 * @throws NestedCallError
 */
export function checkDepth(depth: number): void {
  if (depth < maxDepth) return;
  throw new NestedCallError(
    `is not run: ${maxDepth} calls of dexchange already wait for each other`,
    'use a context whose credential needs fewer plugins: they call each other',
  );
}

/**
 * The environment of a child process: `env` with the purpose of the child added to those of this
 * process. A process that would run a child for a purpose that it serves itself is the child's
 * grandchild, and each would run the next one forever. The purpose decides, not the name of a
 * program: dexchange can be renamed, linked, or run by a script or by kubectl.
 * @param own the environment of this process
 * @param purpose everything that the child is told
 * @throws NestedCallError
 */
export function childEnvironment(
  env: Environment,
  own: Environment,
  purpose: readonly string[],
): Environment {
  const calls = (own[nestedCallsVariable] ?? '').split(',').filter((call) => call !== '');
  const call = createHash('sha256')
    .update(JSON.stringify(purpose))
    .digest('base64url')
    .slice(0, 22);
  if (calls.includes(call)) {
    throw new NestedCallError(
      'calls itself: it is already running for this call',
      'set --context to a context, or use a command, that does not need this call for its own credential',
    );
  }
  checkDepth(calls.length);
  return { ...env, [nestedCallsVariable]: [...calls, call].join(',') };
}
