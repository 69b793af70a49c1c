import { type Document, isCollection, Scalar, visit } from 'yaml';
import { resolveScalar } from './kubeconfig/yaml-scalar.ts';

/**
 * Writes the new texts of a document as kubectl does (go-yaml v2, stringv and
 * yaml_emitter_select_scalar_style): plain where every reader takes that for the text, in double quotes
 * if a reader could take it for another type, in single quotes if only its characters forbid plain, and
 * as a block if it has several lines. Parsed values that were not changed stay as they are.
 */
export function styleNewTexts(document: Document): void {
  visit(document, {
    Scalar(key, scalar, path) {
      // Parsed nodes have a range.
      if (typeof scalar.value !== 'string' || scalar.range != null) return;
      const inFlow = path.some((node) => isCollection(node) && node.flow === true);
      scalar.type = styleOf(scalar.value, { inFlow, isKey: key === 'key' });
    },
  });
}

type Style = NonNullable<Scalar['type']>;

/** Where a text is: in brackets fewer texts can be plain, and there and as keys none can be a block. */
interface Place {
  readonly inFlow: boolean;
  readonly isKey: boolean;
}

function styleOf(text: string, { inFlow, isKey }: Place): Style {
  if (isUnprintable(text)) return Scalar.QUOTE_DOUBLE;
  if (text.includes('\n')) {
    const canBeBlock = !inFlow && !isKey && !/ \n| $/.test(text);
    return canBeBlock ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
  }
  if (isAmbiguous(text)) return Scalar.QUOTE_DOUBLE;
  return canBePlain(text, inFlow) ? Scalar.PLAIN : Scalar.QUOTE_SINGLE;
}

/** Whether a text has characters that libyaml escapes: all but the printable ones of the BMP. */
function isUnprintable(text: string): boolean {
  return /[^\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(text);
}

/**
 * Whether a reader of YAML 1.1 or 1.2 could take a plain text for something else. Besides yaml.v2 of
 * kubectl, these are PyYAML (`=` and `<<` are not text) and readers with other forms of numbers.
 */
function isAmbiguous(text: string): boolean {
  const value = resolveScalar(undefined, text, () => text as never);
  return typeof value !== 'string' || otherForms.some((form) => form.test(text));
}

const otherForms = [
  /^(?:=|<<)$/,
  /^[-+]?(?:\d[\d_]*|[\d_]*\.[\d_]*)(?:e[-+]?[\d_]*)?$/i,
  /^[-+]?[\d_]*(?:\.[\d_]*)?e[-+]?\d+$/i,
  /^[-+]?0[xob][\da-f_]+$/i,
  // To base 60, and times.
  /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/,
  /^\d{4}-\d\d?-\d\d?(?:$|[Tt\s])/,
];

/** What libyaml writes without quotes (yaml_emitter_analyze_scalar). */
function canBePlain(text: string, inFlow: boolean): boolean {
  if (/^ | $|^---|^\.\.\.|^[#,[\]{}&*!|>'"%@`]|^[-?:](?: |$)|:(?: |$)| #/.test(text)) return false;
  return !inFlow || !/^[?:]|[,?[\]{}:]/.test(text);
}
