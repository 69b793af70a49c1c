// These functions also run in the browser, to which VitePress passes only their own text: they must
// not use anything outside themselves.

/**
 * Splits a text into words for the search: names such as `DEX_URL` and `--dex-url` count as a whole
 * and by their parts, so that a search for a name finds the pages that have exactly it. A variable of
 * dexchange also counts as its flag, because the tables of settings have only that.
 */
export function searchWords(text: string): string[] {
  const words = text.split(/[^\p{L}\p{M}\p{N}_.-]+/u);
  return words.flatMap((word) => {
    const whole = word.replace(/^[_.-]+|[_.-]+$/g, '');
    const parts = whole.split(/[_.-]+/).filter((part) => part !== '');
    const [first, ...flag] = parts;
    if (first === 'DEXCHANGE' && flag.length > 0) parts.push(flag.join('-').toLowerCase());
    return parts.length > 1 ? [whole, ...parts] : parts;
  });
}

/** How much a word of a query counts: a whole name more than its parts, which many pages have. */
export function searchWeight(word: string): number {
  return /[_.-]/.test(word) ? 8 : 1;
}

/**
 * A word as the search compares it: in lower case, and a Russian one without its ending, so that
 * `токеном` finds `токен`. The ending is guessed; it only has to be the same for most forms. Returns
 * null for words that every page has.
 */
export function searchStem(word: string): string | null {
  const common =
    'a an and as at be by for from in is it of on or that the this to with в и к на о от по с у';
  const lower = word.toLowerCase().replaceAll('ё', 'е');
  if (common.split(' ').includes(lower)) return null;
  return lower.replace(
    /^([а-я]{3,}?)(?:[аеийоуыьюя]|и?(?:[ая](?:ми|[мх])|е[вмй]|[еиюя])|о[вмейю]|[иы][ймхе]|[иы]ми|[ая]я|[ую]ю|[ое](?:го|му))$/u,
    '$1',
  );
}

/** How far a word of a text may differ from one of a query: short words must be the same. */
export function searchFuzziness(word: string): number | false {
  return word.length > 5 ? 0.2 : false;
}
