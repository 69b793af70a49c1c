import { knownFlags, type ParsedArguments } from '../../config/parse-arguments.ts';
import { inCommand } from '../../config/setting.ts';
import { type SettingName, table } from '../../config/table.ts';
import { tokenize } from '../../config/tokenize.ts';
import { cacheKeys, type NamePorts, namesFor } from './names.ts';
import { type Candidate, fixedValues, flagsOf, isPath, wordsOf } from './words.ts';

/** What can stand at the cursor. */
interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files?: true;
}

/**
 * `dexchange __complete WORD...`: prints what can stand in the place of the last word, one candidate
 * a line with its description after a tab, then `:0` if it can be a file or else `:4`. That is the
 * protocol of Cobra, which kubectl speaks with the completion of its plugins. Never fails, prompts or
 * prints a secret.
 */
export async function runComplete(
  { positionals: [, ...words] }: ParsedArguments,
  runtime: NamePorts,
): Promise<string> {
  const typed = words.at(-1) ?? '';
  const { candidates, files } = await completion(words.slice(0, -1), typed, runtime).catch(
    (): Completion => ({ candidates: [] }),
  );
  const value = typed.replace(/^--?[\w-]+=/, '');
  const lines = candidates
    .filter((candidate) => candidate.value.startsWith(value) && isPrintable(candidate.value))
    .map((candidate) =>
      candidate.help ? `${candidate.value}\t${candidate.help}` : candidate.value,
    );
  return `${[...lines, files ? ':0' : ':4'].join('\n')}\n`;
}

async function completion(
  before: readonly string[],
  typed: string,
  ports: NamePorts,
): Promise<Completion> {
  // A flag -v before the cursor is about the call to come.
  const runtime: NamePorts = { ...ports, trace: () => {} };
  const known = knownFlags();
  const tokens = tokenize(before, (name) => known.get(name)?.takes);
  const words = tokens.flatMap((token) => (token.kind === 'word' ? [token.text] : []));
  const texts = new Map<SettingName, string>();
  for (const token of tokens) {
    if (token.kind === 'word' || token.value === undefined) continue;
    const setting = known.get(token.name)?.setting;
    if (setting !== undefined && setting !== 'help' && setting !== 'version') {
      texts.set(setting, token.value);
    }
  }
  const [, inline] = /^--?([\w-]+)=/.exec(typed) ?? [];
  const last = tokens.at(-1);
  const open = last?.kind === 'flag' && last.value === undefined ? last.name : undefined;
  const flag = known.get(inline ?? open ?? '');
  if (flag !== undefined && (inline !== undefined || flag.takes === 'value')) {
    if (flag.setting === 'help' || flag.setting === 'version') return { candidates: [] };
    const row = inCommand(table[flag.setting], words[0] ?? '');
    if (isPath(row)) return { candidates: [], files: true };
    const values = fixedValues(row) ?? (await namesFor(flag.setting, texts, runtime));
    return { candidates: values.map((value) => ({ value })) };
  }
  if (typed.startsWith('-')) return { candidates: flagsOf(words) };
  const [command, action] = words;
  if (command === 'cache' && action === 'clear') {
    return { candidates: await cacheKeys(texts, runtime) };
  }
  if (command === 'decode' && words.length === 1) return { candidates: [], files: true };
  return { candidates: wordsOf(words) };
}

/** A name can come from a server: it must not reach the terminal with control characters. */
function isPrintable(text: string): boolean {
  return !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}
