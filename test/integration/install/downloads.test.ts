import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createCa } from '../../support/certificates.ts';
import { startHttpServer } from '../../support/http-server.ts';
import { describeInstall, glibcArchive, goodArchive } from '../../support/install-suite.ts';
import { startProxy } from '../../support/proxy.ts';
import { startReleaseServer } from '../../support/release-server.ts';
import { located } from '../../support/shells.ts';

describeInstall((suite) => {
  const { install, requested, expectFailure } = suite;

  test('reports a version that does not exist, at the first answer', async () => {
    const ended = await install(['--version', '9.9.9']);
    expectFailure(ended, 4, /cannot download http\S+\/9\.9\.9\/checksums\.txt: .*404/);
    expect(requested()).toEqual(['checksums.txt']);
  });

  test('tries again if the server is busy or does not answer', async () => {
    let count = 0;
    suite.server.behaviour.misbehave = () => {
      count += 1;
      return count % 2 === 1 ? { kind: 'answer', status: 503 } : undefined;
    };
    expect(await install()).toMatchObject({ code: 0 });
    expect(count).toBe(4);
    const nowhere = await install(['--force', '--url', 'http://127.0.0.1:9/']);
    expect(nowhere).toMatchObject({ code: 4, stderr: expect.stringContaining('127.0.0.1:9') });
  });

  test('works with each of the tools, and says which are missing', async () => {
    const combinations = [
      ['curl', 'sha256sum'],
      ['curl', 'openssl'],
      ['wget', 'shasum', 'perl'],
    ];
    for (const extra of combinations) {
      const ended = await install(['--force'], { path: suite.tools({ extra }) });
      expect(ended, extra.join()).toMatchObject({ code: 0, stderr: '' });
    }
    const to = join(suite.home, 'prefix');
    const none = { env: { DEXCHANGE_INSTALL_TO: `${to}/other` } };
    const noDownloads = await install([], { path: suite.tools({ extra: ['sha256sum'] }), ...none });
    expect(noDownloads).toMatchObject({ code: 3 });
    expect(noDownloads.stderr).toContain('hint: install curl or wget');
    const noHashes = await install([], { path: suite.tools({ extra: ['curl'] }), ...none });
    expect(noHashes).toMatchObject({ code: 3 });
    expect(noHashes.stderr).toContain('no tool for SHA-256 was found');
    expect(readdirSync(to)).toEqual(['bin']);
  });

  test('accepts only the certificate of the server, and no redirect to http', async () => {
    const ca = await createCa();
    const tls = await ca.issue({ commonName: 'files', hosts: ['127.0.0.1'] });
    let location: string | undefined;
    const secure = await startHttpServer({ tls }, {}, ({ path }) =>
      location === undefined
        ? { status: 200, body: suite.server.files.get(path) ?? '' }
        : { status: 302, headers: { location: `${location}${path}` } },
    );
    onTestFinished(secure.close);
    const path = suite.tools({ extra: ['curl', 'sha256sum'] });
    const env = { DEXCHANGE_INSTALL_URL: `${secure.origin}/{version}`, CURL_CA_BUNDLE: '' };
    expectFailure(await install([], { path, env }), 4, /certificate/);
    env.CURL_CA_BUNDLE = join(suite.home, 'ca.pem');
    writeFileSync(env.CURL_CA_BUNDLE, ca.certPem);
    expect(await install([], { path, env })).toMatchObject({ code: 0, stderr: '' });
    location = suite.server.origin;
    suite.server.requests.length = 0;
    const redirected = await install(['--force'], { path, env });
    expect(redirected).toMatchObject({ code: 4, stderr: expect.stringMatching(/protocol/i) });
    expect(requested()).toEqual([]);
  });

  test.each(['curl', 'wget'])('downloads through a proxy with %s', async (tool) => {
    const path = suite.tools({ extra: [tool, 'sha256sum'] });
    for (const [file, content] of [...suite.server.files]) {
      suite.server.files.set(`http://files.example.com${file}`, content);
    }
    const ended = await install(
      ['--url=http://files.example.com/{version}/', '--checksum', suite.pin],
      {
        path,
        env: { http_proxy: suite.server.origin },
      },
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(requested()).toEqual(['checksums.txt', glibcArchive]);
  });

  // The wget of BusyBox has no way to a server with https through a proxy.
  test.skipIf(suite.shell.applets !== undefined)('lets GNU wget use HTTPS_PROXY', async () => {
    const proxy = await startProxy({ refuse: 403 });
    onTestFinished(proxy.close);
    const env = { HTTPS_PROXY: proxy.url };
    expectFailure(await install(['--url=https://files.example.com'], { env }), 4, /Forbidden/);
    expect(proxy.requests[0]?.target).toBe('files.example.com:443');
  });

  test('sends the header to the server of the address only, and shows it to no one', async () => {
    const other = await startReleaseServer();
    onTestFinished(other.close);
    other.files.set('/store', goodArchive);
    suite.server.behaviour.misbehave = ({ path }) =>
      path.endsWith(glibcArchive)
        ? { kind: 'answer', status: 302, headers: { location: `${other.origin}/store?sig=s` } }
        : undefined;
    const env = { DEXCHANGE_INSTALL_HEADER: 'JOB-TOKEN: secret' };
    // Records the arguments of curl, which other users can see.
    const path = suite.tools({ extra: ['sha256sum'] });
    const log = join(suite.home, 'arguments');
    writeFileSync(
      join(path, 'curl'),
      `#!/bin/sh\necho "$*" >>'${log}'\nexec ${located('curl')} "$@"\n`,
      {
        mode: 0o755,
      },
    );
    expect(await install([], { path, env })).toMatchObject({ code: 0, stderr: '' });
    expect(suite.server.requests.map(({ headers }) => headers['job-token'])).toEqual([
      'secret',
      'secret',
    ]);
    expect(other.requests.map(({ headers }) => headers['job-token'])).toEqual([undefined]);
    expect(readFileSync(log, 'utf8')).not.toMatch(/secret|sig=/);
    const wget = await install(['--force'], { env });
    expect(wget).toMatchObject({ code: 3, stderr: expect.stringContaining('needs curl') });
  });
});
