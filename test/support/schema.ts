import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

/**
 * A parser of JSON that throws if the text does not match a published schema.
 * @param name the file in docs/
 */
export function parserOf<T>(name: string): (text: string) => T {
  const path = resolve(import.meta.dirname, '../../docs', name);
  const validate = new Ajv2020({ strict: true, strictTypes: false, allErrors: true }).compile(
    JSON.parse(readFileSync(path, 'utf8')),
  );
  return (text) => {
    const value: unknown = JSON.parse(text);
    if (!validate(value)) throw new Error(JSON.stringify(validate.errors, null, 2));
    return value as T;
  };
}
