import { expect, test } from 'vitest';
import { describeInstall } from '../../support/install-suite.ts';

describeInstall((suite) => {
  const { install, requested, expectFailure } = suite;

  test('rejects addresses and values that it must not use', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['--url', 'http://files.example.com/'], /the address is not https/],
      [['--url', 'https://user:pw@files.example.com/'], /contains a password/],
      [['--url', 'ftp://files.example.com/'], /not a URL/],
      [['--url', 'https://files.example.com/a b'], /character/],
      [['--version', '../1.0.0'], /the version is not valid/],
      [['--version', 'latest'], /such as 0\.1\.0/],
      [['--checksum', 'abc'], /not a SHA-256/],
      [['--platform', 'plan9_amd64'], /unknown platform/],
      [['--to'], /--to needs a value/],
      [['--bogus=1'], /unknown option --bogus/],
      [['bogus'], /unexpected argument bogus/],
    ];
    for (const [args, message] of cases) expectFailure(await install(args), 2, message);
    const unset = await install([], { env: { DEXCHANGE_INSTALL_URL: '' } });
    expectFailure(unset, 2, /hint: set --url or DEXCHANGE_INSTALL_URL/);
    expect(requested()).toEqual([]);
  });
});
