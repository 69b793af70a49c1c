import type { Environment, Programs } from '../ports.ts';
import { quoteInput } from '../sanitize.ts';

/** Why a command did not start, and the exit code that a shell would return. */
export interface CommandProblem {
  readonly text: string;
  readonly code: 126 | 127;
}

/**
 * Explains why a command could not be started (POSIX shell, 2.8.2: 127 if it was not found, 126 if it
 * was found but is not executable).
 * @param error the system's error
 */
export function commandProblem(
  program: string,
  error: unknown,
  { env, programs }: { readonly env: Environment; readonly programs: Pick<Programs, 'find'> },
): CommandProblem {
  const { code = 'unknown error' } = error as NodeJS.ErrnoException;
  const name = quoteInput(program, 80);
  const [found] = programs.find(program, env);
  if (found?.problem?.kind === 'no-loader') {
    const { loader } = found.problem;
    return { text: `${name} cannot be run: its loader ${loader} does not exist`, code: 126 };
  }
  if (code === 'ENOENT' && found === undefined) return { text: `${name} was not found`, code: 127 };
  if (code === 'EACCES') return { text: `${name} is not executable`, code: 126 };
  return { text: `${name} cannot be run: ${code}`, code: 126 };
}
