import { type ErrorCode, exitCodes } from '../../errors.ts';
import type { Environment } from '../../ports.ts';
import { redactionOf } from '../../redaction.ts';
import { looksSecret, sanitize } from '../../sanitize.ts';
import { Secret } from '../../secret.ts';

/** What a plugin that failed printed: its first line, or the two lines of an error of dexchange. */
export interface PluginStderr {
  /** Empty if it printed nothing. */
  readonly message: string;
  /** Empty if it printed no line `hint: `. */
  readonly hint: string;
  /** The error code of dexchange; undefined for another program and for version 0.1. */
  readonly code: ErrorCode | undefined;
}

/** What a plugin was given: the args and env of its exec entry, and the environment of the job. */
export interface PluginInput {
  readonly args: readonly string[];
  readonly env: Environment;
  readonly jobEnv: Environment;
  /** The proxy of the cluster entry, which KUBERNETES_EXEC_INFO contains. */
  readonly proxyUrl: string | undefined;
}

/**
 * Reads the stderr of a plugin for an error message, without what looks like a secret: a plugin can
 * print its arguments, its environment or its request.
 * @param input the values of its flags and variables with a secret's name are removed
 */
export function readPluginStderr(stderr: string, input: PluginInput): PluginStderr {
  const redaction = redactionOf([
    ...secretVariables(input.env, secretName),
    ...secretFlags(input.args),
    ...proxyPasswords(input),
  ]);
  const ofJob = redactionOf(secretVariables(input.jobEnv, jobSecretName));
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const hint = lines.find((line) => line.startsWith('hint: ')) ?? '';
  // Known secrets first, because a pattern could cut one in two. Most variables of a job are not the
  // plugin's, so values of them that are common words stay.
  const clean = (text: string, maxChars: number): string =>
    sanitize(redact(ofJob.clean(redaction.clean(text), true)), { maxChars });
  // With -v, debug lines come before the error.
  const own = lines.find((line) => line.startsWith(label));
  const [, message, word = ''] = /^(.*) \((\w+)\)$/s.exec(own?.slice(label.length) ?? '') ?? [];
  const code = Object.hasOwn(exitCodes, word) ? (word as ErrorCode) : undefined;
  return {
    message:
      own !== undefined && code !== undefined
        ? clean(message ?? '', 2000)
        : clean(own?.slice(label.length) ?? lines[0] ?? '', 200),
    hint: clean(hint.slice('hint: '.length), code === undefined ? 500 : 2000),
    code,
  };
}

const label = 'dexchange: ';

const secretName = /token|secret|passw|credential|key|auth/i;
/** Stricter, since a job has variables such as GIT_AUTHOR_NAME and SSH_AUTH_SOCK. */
const jobSecretName = /token|secret|passw|credential|(?:api|access|private)_?key/i;

function secretVariables(env: Environment, named: RegExp): readonly Secret[] {
  return Object.entries(env).flatMap(([name, value]) =>
    named.test(name) && value ? [new Secret(value)] : [],
  );
}

/** The passwords of proxies, as they are and percent-decoded. */
function proxyPasswords({ jobEnv, proxyUrl }: PluginInput): readonly Secret[] {
  const variables = Object.entries(jobEnv).filter(([name]) => /_proxy$/i.test(name));
  return [proxyUrl, ...variables.map(([, value]) => value)].flatMap((url) => {
    // Up to the last @, because an invalid URL can contain one in its password.
    const [, password] = /^(?:[\w+.-]*:\/\/)?[^:@]*:(.+)@/s.exec(url ?? '') ?? [];
    return password === undefined ? [] : [new Secret(password)];
  });
}

/** The values of flags such as `--client-secret=VALUE` and `--password VALUE`. */
function secretFlags(args: readonly string[]): readonly Secret[] {
  return args.flatMap((arg, at) => {
    const [, name = '', value = args[at + 1] ?? ''] = /^--?([\w-]+)(?:=(.*))?$/s.exec(arg) ?? [];
    return secretName.test(name) && value !== '' ? [new Secret(value)] : [];
  });
}

function redact(text: string): string {
  return text
    .replace(/\b(bearer|basic)\s+\S+/gi, '$1 [redacted]')
    .replace(/((?:token|secret|passw\w*|key)["']?=)\S+/gi, '$1[redacted]')
    .replace(/((?:token|secret|passw\w*|key)["']?:\s*)(?=\S*\d)\S{8,}/gi, '$1[redacted]')
    .replace(/[^\s"'=:,;()]+/g, (word) => (looksSecret(word) ? '[redacted]' : word));
}
