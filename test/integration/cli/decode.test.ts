import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { dexchange, freshFolder } from '../../support/dexchange.ts';

const now = Math.floor(Date.now() / 1000);

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

const signature = 'c2lnbmF0dXJlLWJ5dGVz';
const jwt = [
  part({ alg: 'RS256', kid: 'key-1' }),
  part({
    iss: 'https://dex.example.com/',
    aud: ['kubernetes', 'ci'],
    exp: now + 600,
    iat: now - 60,
    nbf: now + 3600,
    email: 'deployer@example.com',
    email_verified: true,
    groups: ['deployers', 'группа'],
    note: 'a\u001b[31mb\u202ec',
  }),
  signature,
].join('.');

test('shows header, claims, times and the user, and never the signature', async () => {
  const ended = await dexchange(['decode'], { stdin: `${jwt}\n` });
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  const text = ended.stdout;
  expect(text).toMatch(/^JWT, \d+ characters, sha256 [0-9a-f]{12}…\n/);
  expect(text).toMatch(/^ {2}kid +key-1$/m);
  expect(text).toMatch(/^ {2}exp +expires in (9 min \d+ s|10 min): valid$/m);
  expect(text).toMatch(/^ {2}nbf +not valid before in .*: invalid$/m);
  expect(text).toMatch(/^ {2}user +deployer@example\.com$/m);
  expect(text).toMatch(/^ {2}groups +deployers, группа$/m);
  expect(text).toMatch(/^ {2}audience +kubernetes, ci$/m);
  expect(text).not.toContain(signature);
  expect(text).not.toContain(jwt.split('.')[1]);
  expect(text).not.toContain('\u001b');
  expect(text).not.toContain('\u202e');
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});

test('prints the same for programs, as JSON or YAML', async () => {
  const json = await dexchange(['decode', '-o', 'json'], { stdin: jwt });
  const facts = JSON.parse(json.stdout);
  expect(facts).toMatchObject({
    header: { kid: 'key-1' },
    claims: { email: 'deployer@example.com' },
    times: [{ claim: 'iat', holds: true }, { claim: 'nbf', holds: false }, { claim: 'exp' }],
    user: { username: 'deployer@example.com', audiences: ['kubernetes', 'ci'] },
  });
  expect(json.stdout).not.toMatch(new RegExp(`${signature}|\u001b`));
  const yaml = parse((await dexchange(['decode', '-o', 'yaml'], { stdin: jwt })).stdout);
  expect({ ...yaml, times: [] }).toEqual({ ...facts, times: [] });
});

test.each([
  ['behind Bearer', `Authorization: Bearer ${jwt}`],
  ['in quotes', `"${jwt}"`],
  ["in Dex's answer", JSON.stringify({ access_token: jwt, token_type: 'bearer' })],
  ['in an ExecCredential', JSON.stringify({ kind: 'ExecCredential', status: { token: jwt } })],
])('finds the token %s', async (_where, stdin) => {
  expect((await dexchange(['decode', '-'], { stdin })).stdout).toContain('deployer@example.com');
});

test('reads a file or a variable', async () => {
  const folder = freshFolder();
  onTestFinished(folder.remove);
  const file = join(folder.path, 'the token');
  writeFileSync(file, jwt);
  expect((await dexchange(['decode', file])).stdout).toContain('deployer@example.com');
  const fromVariable = await dexchange(['decode', '--token-env', 'T'], { env: { T: jwt } });
  expect(fromVariable.stdout).toContain('deployer@example.com');
});

test.each([
  ['a token as argument', [jwt], {}, 'decode takes a file name, not a token'],
  ['empty input', [], {}, 'stdin is empty'],
  ['an opaque token', [], { stdin: 'gho_s3cret' }, 'stdin is not a JWT'],
  ['an error of a server', [], { stdin: '{"error":"s3cret"}' }, 'stdin is JSON without a token'],
  [
    'a cut JWT',
    [],
    { stdin: jwt.slice(0, jwt.lastIndexOf('.')) },
    'stdin is a JWT without its signature',
  ],
  ['an encrypted JWT', [], { stdin: `${part({ enc: 'A' })}.a.b.c.d` }, 'stdin is an encrypted JWT'],
  [
    'a variable that CI did not expand',
    [],
    { stdin: '$TOKEN' },
    'stdin contains the name of a variable',
  ],
  ['a missing variable', ['--token-env=T'], {}, 'variable T is not set'],
  ['a missing file', ['/nowhere'], {}, '/nowhere does not exist'],
  ['a flag of get-token', ['--dex-url=https://x/'], {}, 'decode has no flag --dex-url'],
])('rejects %s and does not print it', async (_what, args, call, message) => {
  const ended = await dexchange(['decode', ...args], call);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain(`dexchange: ${message}`);
  expect(ended.stderr).not.toContain('s3cret');
  expect(ended.stderr).not.toContain(jwt.slice(0, 20));
});

test('control characters of a token do not reach the terminal, whichever claim has them', async () => {
  const evil = 'x\u001b]8;;http://evil/\u0007\r\n\u202e';
  const claims = {
    iss: evil,
    sub: evil,
    aud: evil,
    email: evil,
    name: evil,
    groups: [evil, [evil]],
  };
  const token = `${part({ alg: evil, kid: evil, [evil]: evil })}.${part(claims)}.${signature}`;
  const { code, stdout } = await dexchange(['decode'], { stdin: token });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}audience +x \]8;;/m);
  expect(stdout).toMatch(/^ {2}user +x \]8;;/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern finds control characters
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});
