import { Document, isScalar, Scalar, visit } from 'yaml';
import { styleNewTexts } from './yaml-style.ts';
import { unwritable } from './yaml-text.ts';

/** The formats for programs. */
export type DataForm = 'json' | 'yaml';

/** Formats a value for programs; both formats hold the same. */
export function dataText(value: unknown, form: DataForm): string {
  const json = JSON.stringify(value, null, 2);
  return form === 'json' ? `${json}\n` : yamlText(JSON.parse(json));
}

/** Formats a value as YAML that readers of YAML 1.1 and 1.2 read alike. */
function yamlText(value: unknown): string {
  const document = new Document(value, { compat: 'yaml-1.1', aliasDuplicateObjects: false });
  styleNewTexts(document);
  visit(document, {
    Scalar(_key, scalar) {
      if (isScalar(scalar) && unwritable.test(String(scalar.value))) {
        scalar.type = Scalar.QUOTE_DOUBLE;
      }
    },
  });
  // Between double quotes, YAML has the escapes of JSON.
  return document.toString({ lineWidth: 0 }).replaceAll(new RegExp(unwritable, 'gu'), escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
