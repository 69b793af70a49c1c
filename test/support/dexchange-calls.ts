import { splitWords } from '../../src/config/command-words.ts';

/** An exec entry as a command line. */
export function commandLine(args: readonly string[]): string {
  return ['dexchange', ...args.map((arg) => (/[\s'"]/.test(arg) ? `'${arg}'` : arg))].join(' ');
}

/** All strings in a document, and every exec entry as a command line. */
export function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const { command, args } = value as { command?: unknown; args?: unknown };
  const texts = Object.values(value).flatMap(textsOf);
  // A plugin of a kubeconfig, or a container of a pod.
  if ([command].flat().join() === 'dexchange' && Array.isArray(args)) {
    texts.push(commandLine(args.map(String)));
  }
  return texts;
}

const commands =
  'get-token|exec|agent|kubeconfig|manifests|discover|doctor|whoami|decode|cache|completion|help';

/** The arguments of each dexchange that a shell or systemd would run; of exec, without its command. */
export function callsIn(text: string): string[][] {
  const joined = text.replace(/\\\n\s*/g, ' ').replace(/^\s*#.*/gm, '');
  const calls = joined.matchAll(
    new RegExp(`(?:^|[\\s;&|('"/])dexchange ((?:${commands})\\b.*?)(?= -- |[\\n|;&>)]|$)`, 'g'),
  );
  return [...calls].map(([, line = '']) => {
    const text = line.replace(/ #.*/, '').trim();
    // In `sh -c '…'` the last quote belongs to sh.
    const isInQuotes = text.split("'").length % 2 === 0;
    const words = splitWords(isInQuotes ? text.replace(/'$/, '') : text);
    if (words === undefined) throw new Error(`unclosed quote: ${line}`);
    return [...words];
  });
}
