import { redactionOf } from '../../redaction.ts';
import { looksSecret, sanitize } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';

/** What a plugin that failed printed: the first line, and dexchange's own `hint: ` line. */
export interface PluginStderr {
  /** Empty if it printed nothing. */
  readonly message: string;
  readonly hint: string;
}

/**
 * Reads the stderr of a plugin for an error message, without what looks like a secret: a plugin can
 * print its environment or its request.
 * @param env the variables of the exec entry; the values of those with a secret's name are removed
 */
export function readPluginStderr(
  stderr: string,
  env: Readonly<Record<string, string>>,
): PluginStderr {
  const secrets = Object.entries(env)
    .filter(([name, value]) => secretName.test(name) && value !== '')
    .map(([, value]) => new Secret(value));
  const redaction = redactionOf(secrets);
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const hint = lines.find((line) => line.startsWith('hint: ')) ?? '';
  const clean = (text: string, maxChars?: number): string =>
    sanitize(redact(text), { redaction, ...(maxChars === undefined ? {} : { maxChars }) });
  return {
    message: clean((lines[0] ?? '').replace(/^dexchange: /, '')),
    hint: clean(hint.slice('hint: '.length), 500),
  };
}

const secretName = /token|secret|passw|credential|key|auth/i;

function redact(text: string): string {
  return text
    .replace(/\b(bearer|basic)\s+\S+/gi, '$1 [redacted]')
    .replace(/((?:token|secret|passw\w*|key)["']?=)\S+/gi, '$1[redacted]')
    .replace(/((?:token|secret|passw\w*|key)["']?:\s*)(?=\S*\d)\S{8,}/gi, '$1[redacted]')
    .replace(/[^\s"'=:,;()]+/g, (word) => (looksSecret(word) ? '[redacted]' : word));
}
