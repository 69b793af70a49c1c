/** Words as one line that `splitWords` takes apart into the same words again. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

function quoted(word: string): string {
  if (word !== '' && !/[\s'"\\]/.test(word)) return word;
  if (!word.includes("'")) return `'${word}'`;
  return `"${word.replace(/[\\"]/g, '\\$&')}"`;
}
