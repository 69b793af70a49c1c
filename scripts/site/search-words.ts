// These functions also run in the browser, to which VitePress passes only their own text: they must
// not use anything outside themselves.

/**
 * Splits a text into words for the search: names such as `DEXCHANGE_TIMEOUT` and `--dex-url` count as
 * a whole and by their parts, so that a search for a name finds the pages that have exactly it.
 */
export function searchWords(text: string): string[] {
  const words = text.split(/[^\p{L}\p{M}\p{N}_.-]+/u);
  return words.flatMap((word) => {
    const whole = word.replace(/^[_.-]+|[_.-]+$/g, '');
    const parts = whole.split(/[_.-]+/);
    return (parts.length > 1 ? [whole, ...parts] : parts).filter((part) => part !== '');
  });
}

/** How much a word of a query counts: a whole name more than its parts, which many pages have. */
export function searchWeight(word: string): number {
  return /[_.-]/.test(word) ? 8 : 1;
}

/**
 * A word as the search compares it: in lower case, and a Russian one without its ending, so that
 * `токеном` finds `токен`. The ending is guessed; it only has to be the same for most forms.
 */
export function searchStem(word: string): string {
  const lower = word.toLowerCase().replaceAll('ё', 'е');
  return lower.replace(
    /^([а-я]{3,}?)(?:[аеийоуыьюя]|и?(?:[ая](?:ми|[мх])|е[вмй]|[еиюя])|о[вмейю]|[иы][ймхе]|[иы]ми|[ая]я|[ую]ю|[ое](?:го|му))$/u,
    '$1',
  );
}
