import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { entryKey } from '../../../src/cache/key.ts';
import { emptyUser } from '../../../src/inputs/kubeconfig.ts';
import type { Cluster, User } from '../../../src/kubernetes/kubeconfig/context.ts';
import { readTextFile } from '../../../src/platform/text-file.ts';
import { Secret } from '../../../src/secret.ts';
import { serviceAccountMethod } from '../../../src/usecases/service-account-method.ts';
import { emptyFolder } from '../support/folder.ts';

let folder: string;
beforeEach(() => {
  folder = emptyFolder();
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const cluster: Cluster = {
  name: 'c',
  server: 'https://api.example',
  tlsServerName: undefined,
  insecureSkipTlsVerify: false,
  certificateAuthority: { path: '/missing/ca.crt' },
  proxyUrl: undefined,
  execExtension: undefined,
};

/** The name of the cache entry of a call with these changes. */
function nameOf(changes: Partial<Cluster> = {}, user: Partial<User> = {}): string {
  const unexpected = () => {
    throw new Error('nothing may be sent');
  };
  const method = serviceAccountMethod(
    {
      spec: { namespace: 'n', serviceAccount: 's', audience: undefined, durationMs: undefined },
      context: {
        name: 'x',
        namespace: undefined,
        cluster: { ...cluster, ...changes },
        user: { ...emptyUser, token: new Secret('a-token'), ...user },
      },
      timeoutMs: 1000,
    },
    {
      env: {},
      cwd: () => '/work',
      now: unexpected,
      readTextFile,
      openChannel: unexpected,
      runCommand: unexpected,
    },
  );
  return entryKey(Buffer.alloc(32, 7), method.keyInputs).name;
}

test('calls of method service-account that trust or connect in another way share no entry', () => {
  const names = [
    nameOf(),
    nameOf({ server: 'https://other.example' }),
    nameOf({ tlsServerName: 'one.example' }),
    nameOf({ tlsServerName: 'two.example' }),
    nameOf({ proxyUrl: 'http://one:3128' }),
    nameOf({ proxyUrl: 'socks5://one:3128' }),
    nameOf({ proxyUrl: 'http://user:secret@one:3128' }),
    nameOf({ insecureSkipTlsVerify: true }),
    nameOf({ certificateAuthority: undefined }),
    nameOf({ certificateAuthority: { pem: 'one' } }),
    nameOf({}, { token: new Secret('another-token') }),
    nameOf({}, { clientKey: { pem: new Secret('one') } }),
    nameOf({}, { clientKey: { pem: new Secret('two') } }),
  ];
  expect(new Set(names).size).toBe(names.length);
  expect(nameOf()).toBe(names[0]);
});

test.each(['certificateAuthority', 'clientCertificate', 'clientKey', 'tokenFile'] as const)(
  'the entry changes with the content of the file in %s',
  (field) => {
    const names = ['one', 'two', '', 'one'].map((text) => {
      const path = file('changing', text);
      if (field === 'certificateAuthority') return nameOf({ [field]: { path } });
      return nameOf({}, { [field]: field === 'tokenFile' ? path : { path } });
    });
    expect(new Set(names).size).toBe(3);
    expect(names[3]).toBe(names[0]);
  },
);
