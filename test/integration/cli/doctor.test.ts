import { chmodSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { homeSuite } from '../../support/cli-suite.ts';
import { parsedDoctor } from '../../support/doctor-schema.ts';

// What needs a process: tools that are really run, the deadline, and files that cannot run.
// test/integration/doctor.test.ts has the other cases.

const suite = homeSuite();

function script(name: string, text: string): string {
  const path = suite.write(`bin/${name}`, text);
  chmodSync(path, 0o755);
  return path;
}

const path = (): string => `${suite.home}/bin:${process.env['PATH']}`;

test('on a fresh machine, it says what is missing and how to start, and writes nothing', async () => {
  const ended = await suite.run(['doctor'], { env: { PATH: '/nowhere' } });
  expect(ended).toMatchObject({ code: 2, stderr: '' });
  expect(ended.stdout).toMatch(/^FAILED: nothing is configured/);
  expect(ended.stdout).toMatch(/^ {4}dexchange doctor --kubeconfig ci\.kubeconfig$/m);
  expect(ended.stdout).toMatch(/^warning {2}kubectl +neither kubectl nor d8 is in PATH$/m);
  const again = await suite.run(['doctor', '-o', 'json'], { env: { PATH: '/nowhere' } });
  const cache = parsedDoctor(again.stdout).checks.find(({ name }) => name === 'cache');
  expect(cache?.found).toMatch(/: 0 entries, no key yet$/);
});

test('a tool and a Dex that hang do not outlast the timeout, and the rest is still reported', async () => {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  script('kubectl', '#!/bin/sh\nsleep 300\n');
  const ended = await suite.run(['doctor', '-o', 'json', '--timeout=3s'], {
    env: {
      PATH: path(),
      DEX_URL: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      DEX_CLIENT_ID: 'ci',
      DEX_CLIENT_SECRET: 'cl1ent-s3cret',
      CONNECTOR_ID: 'gitlab',
      SUBJECT_TOKEN: 'opaque',
    },
  });
  expect(ended).toMatchObject({ code: 5, stderr: '' });
  const { verdict, checks } = parsedDoctor(ended.stdout);
  expect(verdict).toMatchObject({ check: 'dex', error: 'server_timeout' });
  expect(checks[0]).toMatchObject({ name: 'kubectl', state: 'warning' });
  expect(checks[0]?.found).toMatch(/did not end within/);
  expect(checks.at(-1)).toMatchObject({ name: 'proxy', state: 'ok' });
});

test('a plugin whose loader is missing is found although the system says not found', async () => {
  const plugin = script('ci-plugin', '#!/lib/ld-musl-of-another-system.so.1\n');
  script('kubectl', `#!/bin/sh\necho '{"clientVersion":{"gitVersion":"v1.36.0"}}'\n`);
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'ci-plugin' };
  const kubeconfig = suite.write(
    'config',
    JSON.stringify({
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'u', user: { exec: { ...exec, interactiveMode: 'Never' } } }],
    }),
  );
  const ended = await suite.run(['doctor', '-o', 'json', `--kubeconfig=${kubeconfig}`], {
    env: { PATH: path() },
  });
  const { verdict, checks } = parsedDoctor(ended.stdout);
  expect(ended.code).toBe(2);
  expect(verdict).toMatchObject({ check: 'plugin', error: 'kubeconfig_invalid' });
  expect(verdict.summary).toContain(`${plugin} exists, but /lib/ld-musl-of-another-system.so.1`);
  expect(checks[0]).toMatchObject({ name: 'kubectl', state: 'ok' });
  expect(checks[0]?.found).toBe(`v1.36.0 (${join(suite.home, 'bin/kubectl')})`);
});
