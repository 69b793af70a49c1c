import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ciClient, dexSuite } from '../../support/cli-suite.ts';
import { expectFailure } from '../../support/expect-failure.ts';

const suite = dexSuite();

function file(content: string | Buffer): string {
  const path = join(suite.home, 'odd-secret');
  writeFileSync(path, content);
  return path;
}

/** Runs get-token with the client secret in a file, at a Dex that would accept it. */
async function withSecretFile(content: string | Buffer) {
  return suite.run(
    [
      ...['get-token', '-v', `--dex-url=${suite.dex.issuer}`, `--client-id=${ciClient.id}`],
      ...['--connector-id=gitlab', '--subject-token-env=CI_TOKEN', '--no-cache'],
      `--client-secret-file=${file(content)}`,
    ],
    { env: { CI_TOKEN: await suite.idp.mintGitlab() } },
  );
}

const { secret } = ciClient;

describe('the file of the client secret', () => {
  test.each<readonly [string, string | Buffer]>([
    ['a line break of Windows', `${secret}\r\n`],
    ['UTF-8 with a byte order mark', `\ufeff${secret}\n`],
    ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${secret}\r\n`, 'utf16le')],
  ])('can have %s', async (_name, content) => {
    expect(await withSecretFile(content)).toMatchObject({ code: 0 });
  });

  test.each<readonly [string, string | Buffer, string]>([
    ['UTF-16 without a byte order mark', Buffer.from(secret, 'utf16le'), 'UTF-16'],
    ['Latin-1', Buffer.from(`${secret}ä`, 'latin1'), 'not UTF-8'],
    ['quotes', `"${secret}"\n`, 'in quotes'],
    ['an assignment', `DEX_CLIENT_SECRET=${secret}\n`, 'NAME=value'],
    ['JSON', JSON.stringify({ client_secret: secret }), 'JSON'],
    ['a placeholder', '$(DEX_SECRET)\n', 'literal name of a variable'],
    ['a mask', '[MASKED]\n', 'mask'],
  ])('must not have %s, and nothing is sent', async (_name, content, what) => {
    const count = await suite.tokenRequestsDuring(async () => {
      expectFailure(await withSecretFile(content), {
        exitCode: 2,
        code:
          content.includes('$(') || content.includes('MASKED')
            ? 'setting_not_expanded'
            : 'setting_invalid',
        names: ['odd-secret', what],
        secrets: [secret],
      });
    });
    expect(count).toBe(0);
  });
});

test('the output of a command, a variable and a token are checked too', async () => {
  const env = { CI_TOKEN: await suite.idp.mintGitlab() };
  const args = [
    ...['get-token', '-v', `--dex-url=${suite.dex.issuer}`, `--client-id=${ciClient.id}`],
    ...['--connector-id=gitlab', '--subject-token-env=CI_TOKEN', '--no-cache'],
  ];
  const quoted = await suite.run(
    [...args, `--client-secret-command=cat '${file(`'${secret}'`)}'`],
    {
      env,
    },
  );
  expectFailure(quoted, { exitCode: 2, code: 'setting_invalid', names: ['cat', 'in quotes'] });
  const invisible = await suite.run(args, {
    env: { ...env, DEX_CLIENT_SECRET: `${secret}\u200b` },
  });
  expectFailure(invisible, {
    exitCode: 2,
    code: 'setting_invalid',
    names: ['DEX_CLIENT_SECRET', 'invisible'],
    secrets: [secret],
  });
  const bearer = await suite.run(args, {
    env: { CI_TOKEN: `Bearer ${env.CI_TOKEN}`, DEX_CLIENT_SECRET: secret },
  });
  expectFailure(bearer, {
    exitCode: 3,
    code: 'subject_token_invalid',
    names: ['CI_TOKEN', 'Bearer'],
    secrets: [env.CI_TOKEN],
  });
});

test('~ in a path is the home folder', async () => {
  file(`${secret}\n`);
  const ended = await suite.run(
    [
      ...['get-token', '-v', `--dex-url=${suite.dex.issuer}`, `--client-id=${ciClient.id}`],
      ...['--connector-id=gitlab', '--subject-token-env=CI_TOKEN', '--cache-dir=~/tilde-cache'],
      '--client-secret-file=~/odd-secret',
    ],
    { env: { CI_TOKEN: await suite.idp.mintGitlab(), HOME: suite.home } },
  );
  expect(ended).toMatchObject({ code: 0 });
});
