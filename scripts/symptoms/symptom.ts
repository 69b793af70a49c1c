/** The programs whose words docs/troubleshooting.md quotes. */
export type Program =
  | 'bash'
  | 'sh (dash)'
  | 'sh (BusyBox)'
  | 'the loader'
  | 'kubectl'
  | 'helm'
  | 'Flux'
  | 'OpenTofu'
  | 'an OpenTofu provider'
  | 'Python'
  | 'Ansible'
  | 'JavaScript'
  | 'curl'
  | 'Dex'
  | "Dex's log"
  | 'Keycloak';

/** What programs print for a symptom. */
export interface Message {
  readonly by: readonly Program[];
  /**
   * The words in kubectl's form if kubectl is one of the programs; `…` stands for what differs from
   * case to case, and /usr/local/bin for the folder of dexchange.
   */
  readonly text: string;
  /** Set if the words are from documentation or source, and no test makes a program print them. */
  readonly isDocumented?: true;
}

/** A problem as it looks to a user who sees only the words of another program. */
export interface Symptom {
  /** The anchor in the page. */
  readonly id: string;
  readonly title: string;
  readonly messages: readonly Message[];
  readonly cause: string;
  readonly fix: string;
  /** Anchors of the page that tell more, each with its text. */
  readonly more?: readonly (readonly [anchor: string, text: string])[];
}

/**
 * Returns a message as a program prints it. Other Go programs print what kubectl prints with another
 * beginning, so the beginning of kubectl's is omitted for them.
 */
export function wordsOf({ text, by }: Message, program: Program): string {
  if (program === 'kubectl' || !by.includes('kubectl')) return text;
  return text.replace(
    /^(?:Unable to connect to the server|error|Error from server \(\w+\)|Error): /,
    '',
  );
}

/** Returns a pattern that finds a message in the output of a program. */
export function patternOf(message: Message, program: Program): RegExp {
  const escaped = wordsOf(message, program).replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(
    escaped.replaceAll('…', '.*').replaceAll('/usr/local/bin/dexchange', '.*dexchange'),
  );
}
