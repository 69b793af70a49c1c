import { expect, test } from 'vitest';
import { homeSuite } from '../support/cli-suite.ts';
import type { Call } from '../support/dexchange.ts';
import { problemOf } from '../support/outcome.ts';

// A sample of what test/fuzz/pairs.test.ts does in one process, and what only a process can have.

const suite = homeSuite();

const getToken = [
  'get-token',
  '--dex-url=http://127.0.0.1:1/',
  '--client-id=x',
  '--connector-id=m',
  '--timeout=5s',
];
const env = { DEXCHANGE_CLIENT_SECRET: 'client-secret', SUBJECT_TOKEN: 'token' };
const shell = (script: string): Call => ({ wrapper: ['sh', '-c', script, 'sh'] });

test.each<[string, readonly string[], Call & { readonly bareEnv?: boolean }]>([
  ['a closed stdin', getToken, shell('exec "$@" <&-')],
  ['a closed stdin of decode', ['decode'], shell('exec "$@" <&-')],
  ['a working folder that is gone', getToken, shell('mkdir x && cd x && rmdir ../x && exec "$@"')],
  ['no HOME', getToken, { bareEnv: true, env: {} }],
  ['a relative HOME', getToken, { env: { HOME: 'relative' } }],
  ['a HOME that is a device', getToken, { env: { HOME: '/dev/null' } }],
  ['an odd TMPDIR and locale', getToken, { env: { TMPDIR: '/dev/null', LC_ALL: 'x\ny', TZ: '%' } }],
  ['no words', [''], {}],
  ['only dashes', ['--'], {}],
  ['a dash that is not one', [...getToken, '\u2014verbose'], {}],
  ['a flag after --', [...getToken, '--', '-v'], {}],
  ['a flag with an empty value', [...getToken, '--scope='], {}],
  ['a flag twice', [...getToken, '--client-id=y'], {}],
])('%s', async (_what, args, call) => {
  const ended = await suite.run(args, { ...call, env: { ...env, ...call.env } });
  expect(problemOf(ended, { secrets: ['client-secret'], printsData: true })).toBeUndefined();
});

test.each(['exec "$@" >&-', 'exec "$@" 2>&-', 'exec "$@" <&- >&- 2>&-'])(
  'closed streams: %s',
  async (script) => {
    const { code, stdout } = await suite.run(getToken, { ...shell(script), env });
    expect(code).toBe(5);
    expect(stdout).toBe('');
  },
);
