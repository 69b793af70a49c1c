/** A piece of a command line: a word, or a flag with the value that stands with it or behind it. */
export type Token =
  | { readonly kind: 'word'; readonly text: string }
  | {
      readonly kind: 'flag';
      /** Without dashes. */
      readonly name: string;
      /** As written, dashes included, value not. */
      readonly rawName: string;
      readonly value: string | undefined;
      /** True if the value was written with `=`. */
      readonly inline: boolean;
    };

/**
 * A command line as flags and words, as kubectl reads it: `--flag value`, `--flag=value`, `-o
 * value`, `-ovalue`, `--` ends the flags. Not `node:util`'s parseArgs: loading it costs a cache hit
 * more than all the rest of reading the settings.
 * @param takesValue whether a flag is followed by a value; undefined if there is no such flag
 */
export function tokenize(
  args: readonly string[],
  takesValue: (name: string) => boolean | undefined,
): readonly Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < args.length; index++) {
    const text = args[index] ?? '';
    if (text === '--') {
      for (const word of args.slice(index + 1)) tokens.push({ kind: 'word', text: word });
      break;
    }
    if (!text.startsWith('-') || text === '-') {
      tokens.push({ kind: 'word', text });
      continue;
    }
    const flag = text.startsWith('--') ? longFlag(text) : shortFlag(text);
    if (flag.inline && !text.startsWith('--') && takesValue(flag.name) === false) {
      const [, , ...letters] = text;
      // Switches may share a dash: -vh is -v -h. `-v=false` is a value all the same.
      if (letters[0] !== '=') {
        tokens.push({ ...flag, value: undefined, inline: false });
        if (letters[0] === '-') {
          // Glued to a switch it begins no long flag: `-v-secret` must not be shown as one.
          tokens.push({ kind: 'flag', name: '-', rawName: '--', value: undefined, inline: false });
          continue;
        }
        tokens.push(...tokenize([`-${letters.join('')}`, ...args.slice(index + 1)], takesValue));
        break;
      }
    }
    if (flag.value === undefined && takesValue(flag.name)) {
      index += 1;
      tokens.push({ ...flag, value: args[index] });
    } else {
      tokens.push(flag);
    }
  }
  return tokens;
}

type FlagToken = Extract<Token, { kind: 'flag' }>;

function longFlag(text: string): FlagToken {
  const at = text.indexOf('=');
  const rawName = at < 0 ? text : text.slice(0, at);
  const value = at < 0 ? undefined : text.slice(at + 1);
  return { kind: 'flag', name: rawName.slice(2), rawName, value, inline: at >= 0 };
}

/** One letter, and what is glued to it: `-ojson`, `-o=json`. */
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
