/** A name to replace. */
export interface RenamedName {
  readonly name: string;
  /** Rename only whole C strings. */
  readonly wholeString?: boolean;
}

/** POSIX shells and CI systems cannot set a variable that begins so, and JavaScript can read it. */
const newFirstCharacter = '$';

/**
 * Replaces the first character of names by `$` in a program, wherever a word begins with a name. C
 * strings, JavaScript sources, snapshots and code caches thereby change alike, and nothing moves.
 * Only the first character changes, because a linker lets short strings share the end of long ones.
 * @param program the bytes of the program, which are changed
 * @returns how often each name was replaced
 */
export function renameVariables(
  program: Buffer,
  names: readonly RenamedName[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { name, wholeString = false } of names) {
    let count = 0;
    // The functions of Windows take UTF-16.
    for (const encoding of ['latin1', 'utf16le'] as const) {
      const bytes = Buffer.from(wholeString ? `\0${name}\0` : name, encoding);
      const width = encoding === 'latin1' ? 1 : 2;
      for (let at = program.indexOf(bytes); at >= 0; at = program.indexOf(bytes, at + 1)) {
        if (!wholeString && at >= width && isWordCharacter(program[at - width])) continue;
        program.write(newFirstCharacter, wholeString ? at + width : at, encoding);
        count += 1;
      }
    }
    counts.set(name, count);
  }
  return counts;
}

function isWordCharacter(code: number | undefined): boolean {
  return code !== undefined && /[\w$]/.test(String.fromCharCode(code));
}
