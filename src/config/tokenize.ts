/** A token of a command line: a word, or a flag with its value. */
export type Token =
  | { readonly kind: 'word'; readonly text: string; readonly afterDashes?: true }
  | {
      readonly kind: 'flag';
      /** Without dashes. */
      readonly name: string;
      /** As written, with dashes and without the value. */
      readonly rawName: string;
      readonly value: string | undefined;
      /** True if the value was written with `=`. */
      readonly inline: boolean;
    };

/** What a flag takes: a value, nothing, or a level of detail that can be omitted. */
export type Takes = 'value' | 'nothing' | 'level';

/** Whether a text is a level of detail, such as the 6 in `-v 6`. */
export function isLevel(text: string): boolean {
  return /^\d{1,2}$/.test(text);
}

/**
 * Splits a command line into flags and words as kubectl does: `--flag value`, `--flag=value`, `-o
 * value`, `-ovalue`; `--` ends the flags. It does not use parseArgs of `node:util`, because loading
 * that takes longer than reading all settings of a cache hit.
 * @param takes what a flag takes after its name; undefined if the flag is unknown
 */
export function tokenize(
  args: readonly string[],
  takes: (name: string) => Takes | undefined,
): readonly Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < args.length; index++) {
    const text = args[index] ?? '';
    if (text === '--') {
      for (const word of args.slice(index + 1))
        tokens.push({ kind: 'word', text: word, afterDashes: true });
      break;
    }
    if (!text.startsWith('-') || text === '-') {
      tokens.push({ kind: 'word', text });
      continue;
    }
    const flag = text.startsWith('--') ? longFlag(text) : shortFlag(text);
    const kind = takes(flag.name);
    const hasLevel = kind === 'level' && isLevel(flag.value ?? args[index + 1] ?? '');
    if (
      flag.inline &&
      !text.startsWith('--') &&
      kind !== undefined &&
      kind !== 'value' &&
      !hasLevel
    ) {
      const [, , ...letters] = text;
      // Switches can share a dash: -vh means -v -h. But `-v=false` has a value.
      if (letters[0] !== '=') {
        tokens.push({ ...flag, value: undefined, inline: false });
        if (letters[0] === '-') {
          // After a switch, `-` does not start a long flag: an error must not repeat `-v-secret`.
          tokens.push({ kind: 'flag', name: '-', rawName: '--', value: undefined, inline: false });
          continue;
        }
        tokens.push(...tokenize([`-${letters.join('')}`, ...args.slice(index + 1)], takes));
        break;
      }
    }
    if (flag.value === undefined && (kind === 'value' || hasLevel)) {
      index += 1;
      tokens.push({ ...flag, value: args[index] });
    } else {
      tokens.push(flag);
    }
  }
  return tokens;
}

/** A flag with its value. */
export type FlagToken = Extract<Token, { kind: 'flag' }>;

function longFlag(text: string): FlagToken {
  const at = text.indexOf('=');
  const rawName = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? undefined : text.slice(at + 1);
  return { kind: 'flag', name: rawName.slice(2), rawName, value, inline: at >= 0 };
}

/** A one-letter flag with the value that follows it directly: `-ojson`, `-o=json`. */
function shortFlag(text: string): FlagToken {
  const rest = text.slice(2);
  const value = rest === '' ? undefined : rest.startsWith('=') ? rest.slice(1) : rest;
  return {
    kind: 'flag',
    name: text.slice(1, 2),
    rawName: text.slice(0, 2),
    value,
    inline: value !== undefined,
  };
}
