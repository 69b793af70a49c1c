import { expect } from 'vitest';
import { symptoms } from '../../scripts/symptoms/page.ts';
import { type Message, type Program, patternOf } from '../../scripts/symptoms/symptom.ts';

/** A message that a program has to print, by the program. */
interface Expected {
  readonly id: string;
  readonly program: Program;
  readonly message: Message;
}

/** The messages of docs/troubleshooting.md that these programs print, except quoted ones. */
export function messagesBy(programs: readonly Program[]): readonly Expected[] {
  return symptoms.flatMap(({ id, messages }) =>
    messages
      .filter(({ isDocumented }) => isDocumented !== true)
      .flatMap((message) =>
        message.by
          .filter((program) => programs.includes(program))
          .map((program) => ({ id, program, message })),
      ),
  );
}

/**
 * Compares what programs print with docs/troubleshooting.md. `check` expects at least one message
 * of a symptom in the output of a program; `unseen` returns the messages that no output had.
 */
export function symptomChecker(programs: readonly Program[]) {
  const unseen = new Set(messagesBy(programs));
  return {
    check: (id: string, program: Program, output: string): void => {
      const found = messagesBy([program]).filter(
        (expected) => expected.id === id && patternOf(expected.message, program).test(output),
      );
      expect(
        found.length,
        `${program} does not print a message of ${id}:\n${output}`,
      ).toBeGreaterThan(0);
      for (const { message } of found) {
        for (const one of unseen) {
          if (one.message === message && one.program === program) unseen.delete(one);
        }
      }
    },
    unseen: (): readonly string[] =>
      [...unseen].map(({ id, program, message }) => `${id}, ${program}: ${message.text}`),
  };
}
