import { DexchangeError } from './errors.ts';
import { quoteId, sanitize } from './sanitize.ts';

/** A kind of text that stands where a value should be. */
interface Kind {
  /** Matches the whole text. */
  readonly whole: RegExp;
  /** Matches a part of a URL, path or id; undefined if such a part can be meant. */
  readonly inside?: RegExp;
  /** What the text is, after "holds". */
  readonly what: string;
  readonly hint: string;
}

const variable = 'the literal name of a variable instead of its value';
const define =
  'define the variable for this job, or, if it is protected, protect the branch or tag: the CI system did not expand it';

// None of these can be a value by accident: `pa$$word`, `a%b%c` and `<` alone are no placeholders.
const kinds = (): readonly Kind[] => [
  {
    // GitHub, Forgejo and the templates of Azure Pipelines.
    whole: /^\$\{\{.*\}\}$/s,
    inside: /\$\{\{.*?\}\}/s,
    what: 'a literal expression instead of its value',
    hint: 'write the expression in the configuration file of the CI system, and pass its value in a variable: the CI system evaluates it only there',
  },
  {
    // GitLab leaves a variable unexpanded if it is undefined or protected (gitlab-org/gitlab 350747),
    // where a shell would substitute an empty text. Names with dots are those of Jenkins.
    whole: /^\$(?:\{[A-Za-z_][\w.]*(?:[:?+#%/-][^{}]*)?\}|[A-Za-z_]\w*)$/,
    inside: /\$\{[A-Za-z_][\w.]*(?:[:?+#%/-][^{}]*)?\}|(?<!\w)\$[A-Za-z_]\w*/,
    what: variable,
    hint: define,
  },
  {
    // Azure Pipelines, make; or a shell's command substitution.
    whole: /^\$\([^()]+\)$/,
    inside: /\$\([^()]+\)/,
    what: variable,
    hint: 'define the variable for this job, or use double quotes for a command substitution: neither the CI system nor a shell expanded it',
  },
  {
    // Runtime expressions of Azure Pipelines.
    whole: /^\$\[.+\]$/,
    inside: /\$\[.+\]/,
    what: 'a literal expression instead of its value',
    hint: 'define a variable in the pipeline with $[ ] as its whole value, and pass that: Azure Pipelines evaluates $[ ] only there',
  },
  {
    // TeamCity, and cmd.exe. In a URL, %C3%A4 is an encoded character.
    whole: /^%%?(?:env\.|system\.)?[A-Za-z_][\w.]*%%?$/,
    inside: /%(?:(?:env|system)\.[\w.]+|[A-Z_][A-Z0-9_.]{2,})%/,
    what: variable,
    hint: 'write it in the syntax of this shell or CI system, such as $NAME in a shell, and define it for this job',
  },
  {
    // Ansible, Helm, Jinja, Vault.
    whole: /^\{\{.*\}\}$/s,
    inside: /\{\{.*?\}\}/s,
    what: 'a literal template instead of its value',
    hint: 'run the tool that renders the template first, such as Helm or Ansible',
  },
  {
    whole: /^<%.*%>$/s,
    inside: /<%.*?%>/s,
    what: 'a literal template instead of its value',
    hint: 'run the tool that renders the template first',
  },
  {
    // Token replacement of Octopus, Azure Pipelines, CMake and autoconf.
    whole: /^(?:#\{[^{}]+\}#?|@[A-Za-z_][\w.]*@|__[A-Za-z]\w*?__)$/,
    inside: /#\{[^{}]+\}#?|@[A-Z][A-Z0-9_]{2,}@/,
    what: 'a literal token instead of its value',
    hint: 'replace the token first: the step that does it has not run, or not for this file',
  },
  {
    // GitLab, Travis CI, GitHub, Jenkins, kubectl config view.
    whole:
      /^(?:\[(?:masked|secure|redacted|filtered|hidden)\]|\*{3,}|\u2022{3,}|redacted|data\+omitted)$/i,
    what: 'a mask instead of the value',
    hint: 'copy the value from where it is defined, not from a log or from `kubectl config view`, which mask it',
  },
  {
    whole:
      /^(?:replace[-_ ]?me|<[a-z][\w .-]*>|your[-_][\w-]*(?:secret|token|password|id)(?:[-_]here)?)$/i,
    what: 'the placeholder of an example instead of a value',
    hint: 'write your own value in its place',
  },
];

/**
 * Rejects a text that is as a whole a placeholder of a CI system, a template, a mask or an example.
 * @param origin where the text comes from, named in the error
 * @param secret true if the error must not contain the text; `identity-token` if no real value can look
 *   like a placeholder, and GitLab has a place of its own for it
 * @throws DexchangeError setting_not_expanded
 */
export function rejectPlaceholder(
  text: string,
  origin: string,
  secret: boolean | 'identity-token',
): void {
  // A fast path for usual values, since a cache hit judges every setting.
  const first = text.charAt(0).toLowerCase();
  if (first > ' ' && first <= '~' && !`"'$%{<@#_[*ryd`.includes(first)) return;
  // In an env file, blanks and quotes around a value often become a part of it.
  const bare = text.trim().replace(/^(["'])(.*)\1$/s, '$2');
  if (!/^[$%{<@#_[*\u2022]|^(?:replace|your|redacted|data\+)/i.test(bare)) return;
  const kind = kinds().find(({ whole }) => whole.test(bare));
  if (kind === undefined) return;
  throw new DexchangeError(
    'setting_not_expanded',
    secret ? `${origin} contains ${kind.what}` : `${origin} is literally ${sanitize(text)}`,
    { hint: hintFor(kind, bare, secret) },
  );
}

function hintFor(kind: Kind, text: string, secret: boolean | 'identity-token'): string {
  if (secret === true) return `${kind.hint}; if it really is the secret, change the secret`;
  if (secret !== 'identity-token' || kind.hint !== define) return kind.hint;
  const [name = ''] = /\w+/.exec(text) ?? [];
  return idTokenHint(name);
}

/** How to get an identity token into a variable: GitLab expands none of `id_tokens:` in `variables:`. */
export function idTokenHint(name: string): string {
  // Anything else may be a secret that is written by mistake after the dollar sign.
  const variable = /^(?:[A-Z][A-Z\d]*)(?:_[A-Z\d]+)*$/.test(name) ? quoteId(name) : 'the variable';
  return `in GitLab, add ${variable} to id_tokens: of the job, and remove it from variables:; in another CI system, define ${variable} for this job`;
}

/**
 * Rejects a URL, path or id that is or contains a placeholder, such as `https://dex.$DOMAIN/`.
 * @param origin where the text comes from, named in the error
 * @throws DexchangeError setting_not_expanded
 */
export function rejectPlaceholderInside(text: string, origin: string): void {
  rejectPlaceholder(text, origin, false);
  // A cache hit checks every setting, and a client id of Deckhouse contains an @.
  if (!/[$%]|\{\{|<%|#\{|@[A-Z]/.test(text)) return;
  for (const { inside, hint } of kinds()) {
    const found = inside?.exec(text)?.[0];
    if (found === undefined) continue;
    throw new DexchangeError(
      'setting_not_expanded',
      `${origin} contains ${sanitize(found, { maxChars: 80 })} literally`,
      { hint },
    );
  }
}
