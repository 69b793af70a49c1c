/** A parameter list of a function, method or function type. */
export interface ParameterList {
  /** The line of its opening parenthesis, from 1. */
  readonly line: number;
  readonly parameters: readonly string[];
}

/**
 * The parameter lists in TypeScript as biome formats it. A list counts if its items look like
 * parameters and it belongs to a function by what is before or after it.
 */
export function parameterLists(source: string): readonly ParameterList[] {
  const code = withoutTexts(source);
  const lists: ParameterList[] = [];
  for (let open = code.indexOf('('); open >= 0; open = code.indexOf('(', open + 1)) {
    const close = closingOf(code, open);
    const parameters = itemsIn(code.slice(open + 1, close));
    if (!isParameterList(code.slice(0, open), parameters, code.slice(close + 1))) continue;
    lists.push({ line: code.slice(0, open).split('\n').length, parameters });
  }
  return lists;
}

function isParameterList(before: string, items: readonly string[], after: string): boolean {
  if (!items.every((item) => /^(?:(?:readonly|private|public) )*(?:\.\.\.)?[\w$#{[]/.test(item))) {
    return false;
  }
  if (/\bfunction\*?(?:\s+[\w$]+)?(?:<[^()]*>)?\s*$/.test(before)) return true;
  if (/\b(?:if|for|while|switch|catch|with)\s*$/.test(before)) return false;
  if (/^\s*(?:=>|\{|:[\s\w$.<>|[\]]+ =>)/.test(after)) return true;
  // Before a result type, strict TypeScript wants a type or a default for each parameter.
  const isTyped = (item: string): boolean => itemsIn(item, ':').length > 1 || / = /.test(item);
  return /^\s*:/.test(after) && items.every(isTyped);
}

/** The index of the bracket that closes the one at `open`. */
function closingOf(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if ('([{'.includes(code.charAt(at))) depth++;
    else if (')]}'.includes(code.charAt(at)) && --depth === 0) return at;
  }
  throw new Error(`a bracket is not closed: ${code.slice(open, open + 60)}`);
}

/** The parts of a text between separators that are not inside brackets. */
function itemsIn(text: string, separator = ','): readonly string[] {
  const items: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    const previous = text.charAt(at - 1);
    const opensTypes = character === '<' && /[\w$]/.test(previous);
    const closesTypes = character === '>' && depth > 0 && !/[=\s]/.test(previous);
    if ('([{'.includes(character) || opensTypes) depth++;
    else if (')]}'.includes(character) || closesTypes) depth--;
    else if (character === separator && depth === 0) {
      items.push(text.slice(start, at));
      start = at + 1;
    }
  }
  items.push(text.slice(start));
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

/** The code without its comments, and with quotes in the place of texts and regular expressions. */
function withoutTexts(source: string): string {
  let code = '';
  let at = 0;
  /** The depth of braces at which each open `${` ends. */
  const templates: number[] = [];
  let braces = 0;
  const blank = (to: number, filler: string): void => {
    code += source.slice(at, to).replaceAll(/[^\n]/g, filler);
    at = to;
  };
  const matching = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return at + (pattern.exec(source)?.[0].length ?? 1);
  };
  const template = (): void => {
    blank(matching(/(?:[^\\`$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y), "'");
    if (source.charAt(at - 1) === '{') templates.push(braces);
  };
  while (at < source.length) {
    const character = source.charAt(at);
    const two = source.slice(at, at + 2);
    if (two === '//') blank(matching(/.*/y), ' ');
    else if (two === '/*') blank(matching(/\/\*[\s\S]*?\*\//y), ' ');
    else if (character === "'") blank(matching(/'(?:[^'\\\n]|\\.)*'/y), "'");
    else if (character === '"') blank(matching(/"(?:[^"\\\n]|\\.)*"/y), "'");
    else if (character === '/' && startsRegExp(code)) {
      blank(matching(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/\w*/y), "'");
    } else if (character === '`') {
      blank(at + 1, "'");
      template();
    } else if (character === '}' && templates.at(-1) === braces) {
      templates.pop();
      blank(at + 1, "'");
      template();
    } else {
      if (character === '{') braces++;
      if (character === '}') braces--;
      code += character;
      at++;
    }
  }
  return code;
}

/** Whether a slash after this code starts a regular expression, and is no division. */
function startsRegExp(code: string): boolean {
  const before = code.trimEnd();
  return !/[\w$)\]}']$/.test(before) || /\b(?:return|typeof|case)$/.test(before);
}
