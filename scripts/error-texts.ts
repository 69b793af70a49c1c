import {
  errorCodes,
  errorHelps,
  exitCodeMeanings,
  ruleOf,
} from '../src/cli/error-help/error-text.ts';
import { type ErrorCode, exitCodes } from '../src/errors.ts';

// Generates the parts of docs/errors.md about single error codes.

/** The error codes by exit code, as a Markdown table with links to their sections. */
export function errorCodesTable(): string {
  const rows = Object.keys(exitCodeMeanings).map((exit) => {
    const links = codesOf(exit).map((code) => `[\`${code}\`](#${code})`);
    return `| ${exit} | ${links.join(', ')} |`;
  });
  return `| exit code | errors |\n| --- | --- |\n${rows.join('\n')}\n`;
}

/** A Markdown section for each error code: the text of `dexchange help CODE`. */
export function errorTexts(): string {
  return Object.entries(exitCodeMeanings)
    .map(([exit, meaning]) => {
      const sections = codesOf(exit).map(section);
      return `## Exit code ${exit}: ${meaning}\n\n${sections.join('\n')}`;
    })
    .join('\n');
}

function codesOf(exit: string): readonly ErrorCode[] {
  return errorCodes.filter((code) => String(exitCodes[code]) === exit);
}

function section(code: ErrorCode): string {
  const { meaning, causes, remedy } = errorHelps[code];
  const rule = ruleOf(code);
  return `### ${code}

${meaning} Likely causes:

${causes.map((cause) => `- ${cause}`).join('\n')}

What to do: ${remedy} See rule [${rule}](troubleshooting.md#${rule}).
`;
}
