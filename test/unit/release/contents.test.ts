import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contentsText } from '../../../scripts/release/contents.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeBinary, info } from './fake-release.ts';

test('the listing says what is tested and what is not', async () => {
  const folder = emptyFolder();
  const names = ['dexchange_1.2.3_linux_amd64.deb', 'dexchange_1.2.3_linux_arm64.deb'];
  for (const name of names) writeFileSync(join(folder, name), Buffer.alloc(1_250_000));
  const binaries = [
    fakeBinary(folder),
    fakeBinary(folder, { target: 'macos-arm64', os: 'macos', arch: 'arm64', ran: false }),
  ];
  const text = await contentsText(info, binaries, names, folder);
  expect(text).toContain(`Made from commit ${info.commit}.\n`);
  expect(text).toContain('| linux-x64 | linux_amd64 | yes |');
  expect(text).toContain('| macos-arm64 | darwin_arm64 | no |');
  expect(text).toMatch(/^\| dexchange_1\.2\.3_linux_amd64\.deb \| 1\.3 MB \| installed with dpkg/m);
  expect(text).toMatch(/^\| dexchange_1\.2\.3_linux_arm64\.deb \| 1\.3 MB \| not tested/m);
  const changed = await contentsText({ ...info, changed: true }, binaries, names, folder);
  expect(changed).toContain(`${info.commit} with local changes.`);
});
