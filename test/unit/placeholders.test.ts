import { expect, test } from 'vitest';
import { rejectPlaceholder } from '../../src/placeholders.ts';
import { failure } from './support/failure.ts';

test.each(['$A', '$DEX_URL', '$_x1', `\${DEX_URL}`])('%s is rejected', (text) => {
  expect(failure(() => rejectPlaceholder(text, 'DEX_URL', false))).toMatchObject({
    code: 'setting_not_expanded',
    message: expect.stringMatching(/^DEX_URL .*\$/),
    exitCode: 2,
  });
  const { message } = failure(() => rejectPlaceholder(text, 'file x', true));
  expect(message).toMatch(/^file x .*variable/);
  expect(message).not.toContain(text);
});

test.each<readonly [string, string]>([
  [`\${env.TOKEN}`, 'variable'],
  [`\${TOKEN:-}`, 'variable'],
  [`\${TOKEN:?not set}`, 'variable'],
  ['$(TOKEN)', 'variable'],
  ['$TOKEN ', 'variable'],
  ['"$TOKEN"', 'variable'],
  ["'%TOKEN%'", 'variable'],
  ['$(cat /run/secrets/x)', 'variable'],
  ["$[variables['token']]", 'expression'],
  [`\${{ secrets.TOKEN }}`, 'expression'],
  [`\${{secrets.TOKEN}}`, 'expression'],
  ['%TOKEN%', 'variable'],
  ['%env.TOKEN%', 'variable'],
  ['%%TOKEN%%', 'variable'],
  ['{{ token }}', 'template'],
  ['{{token}}', 'template'],
  ["{{ lookup('env', 'TOKEN') }}", 'template'],
  ['<%= token %>', 'template'],
  ['@TOKEN@', 'token'],
  ['#{TOKEN}#', 'token'],
  ['#{Project.Token}', 'token'],
  ['__TOKEN__', 'token'],
  ['[MASKED]', 'mask'],
  ['[secure]', 'mask'],
  ['***', 'mask'],
  ['********', 'mask'],
  ['REDACTED', 'mask'],
  ['DATA+OMITTED', 'mask'],
  ['REPLACE-ME', 'example'],
  ['replace_me', 'example'],
  ['<your-secret>', 'example'],
  ['<client secret>', 'example'],
  ['your-client-secret', 'example'],
])('%s is rejected without being shown if it is a secret', (text, what) => {
  const error = failure(() => rejectPlaceholder(text, 'file x', true));
  expect(error).toMatchObject({
    code: 'setting_not_expanded',
    message: expect.stringContaining(what),
  });
  expect(error.message).toMatch(/^file x /);
  expect(error.message + error.hint).not.toContain(text);
  expect(error.hint).toContain('change the secret');
});

test.each([
  '',
  '$',
  '$1',
  'a$B',
  '$A$B',
  '${',
  `\${}`,
  `\${A`,
  '$$A',
  'pa$$word',
  '$a-b',
  'a%b%c',
  '%',
  '%a',
  '100%',
  '<',
  '<3',
  '<a>b',
  '@',
  '@a',
  '#{',
  '{{',
  '{a}',
  '**',
  '__',
  '_a_',
  '$(',
  '$()',
  'changeme',
  'your',
  'replace',
  'x[MASKED]',
  '[a]',
  '$[',
  '\u2022',
])('%j is accepted', (text) => {
  expect(() => rejectPlaceholder(text, 'x', true)).not.toThrow();
});

test.each<readonly [string, RegExp]>([
  ['$GITLAB_OIDC_TOKEN', / add GITLAB_OIDC_TOKEN to id_tokens: of the job, and remove it from var/],
  [`\${CI_TOKEN}`, / add CI_TOKEN to id_tokens: /],
  [`"\${CI_TOKEN:-}"`, / add CI_TOKEN to id_tokens: /],
  ['$(System.AccessToken)', /^define the variable for this job/],
  ['[MASKED]', /^copy the value/],
  // It may be a secret after a dollar sign.
  ['$kX9tQz7L2mB8wR4p', / add the variable to id_tokens: /],
])('%s in place of an identity token has its own advice', (text, hint) => {
  const error = failure(() => rejectPlaceholder(text, 'variable X', 'identity-token'));
  expect(error.message).toBe(failure(() => rejectPlaceholder(text, 'variable X', true)).message);
  expect(error.hint).toMatch(hint);
  expect(error.hint).not.toContain('change the secret');
});
