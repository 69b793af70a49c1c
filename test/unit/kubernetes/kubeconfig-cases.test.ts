import { execFileSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { DexchangeError } from '../../../src/errors.ts';
import type { OutgoingRequest } from '../../../src/http/message.ts';
import { connectContext, type OpenChannel } from '../../../src/kubernetes/client/connect.ts';
import { readTextFile } from '../../../src/platform/text-file.ts';
import type { ChannelSettings } from '../../../src/ports.ts';
import { reveal } from '../../../src/secret.ts';
import { type KubeconfigCase, kubeconfigCases } from '../../e2e/kubeconfig-cases.ts';
import { contextOfFiles } from '../../support/context-of-files.ts';
import { type CaseValues, type WrittenCase, writeCase } from '../../support/kubeconfig-peers.ts';

const values: CaseValues = {
  server: 'https://127.0.0.1:6443',
  mtls: 'https://127.0.0.1:6444',
  proxy: 'http://127.0.0.1:3128',
  caPem: 'the CA\n',
  client: { certPem: 'the certificate\n', keyPem: 'the key\n' },
};

/** One request that the API server would get, in the form of the cases. */
async function requestOf({ context }: KubeconfigCase, written: WrittenCase): Promise<unknown> {
  const calls: { settings: ChannelSettings; request: OutgoingRequest }[] = [];
  const openChannel: OpenChannel = (settings) => ({
    async send(request) {
      calls.push({ settings, request });
      return { status: 200, headers: {}, body: '{}' };
    },
    close: async () => undefined,
  });
  const { api } = await connectContext(
    contextOfFiles(written.paths, context),
    { timeoutMs: 1000 },
    {
      env: {},
      readTextFile,
      openChannel,
      runCommand: async ([command = '', ...args], env) =>
        execFileSync(command, args, { env: { ...process.env, ...env }, encoding: 'utf8' }),
    },
  );
  await api.send({ method: 'GET', path: '/version' });
  const [{ settings, request } = expect.fail('nothing was sent')] = calls;
  return {
    ...inHeaders(request),
    ...inSettings(settings),
    ...inUrl(request.url),
    ...told(written),
  };
}

function inHeaders({ headers = [] }: OutgoingRequest): object {
  const sent = headers.map(([name, value]) => [name, reveal(value)] as const);
  const [authorization] = sent.filter(([name]) => name === 'authorization');
  const impersonate = sent.filter(([name]) => name.startsWith('impersonate-'));
  return {
    ...(authorization === undefined ? {} : { authorization: authorization[1] }),
    ...(impersonate.length === 0 ? {} : { impersonate: Object.fromEntries(impersonate) }),
  };
}

function inSettings(settings: ChannelSettings): object {
  const { clientCertificatePem, clientKeyPem, tlsServerName, proxyUrl } = settings;
  if (!settings.insecureSkipTlsVerify) {
    expect(settings).toMatchObject({
      certificateAuthorityPem: [values.caPem],
      onlyGivenAuthorities: true,
    });
  }
  const isJane =
    clientCertificatePem === values.client.certPem &&
    clientKeyPem?.reveal() === values.client.keyPem;
  return {
    ...(isJane ? { clientCertificate: 'jane' } : {}),
    ...(tlsServerName === undefined ? {} : { serverName: tlsServerName }),
    ...(proxyUrl === undefined ? {} : { proxy: proxyUrl === values.proxy }),
  };
}

function inUrl(url: string): object {
  const prefix = new URL(url).pathname.replace(/\/version$/, '');
  return prefix === '' ? {} : { prefix };
}

function told(written: WrittenCase): object {
  const execInfo = written.execInfo();
  return execInfo === undefined ? {} : { execInfo };
}

test.each(kubeconfigCases)('$name', async (given) => {
  const written = writeCase(given, values);
  onTestFinished(written.remove);
  const expected = given.differs?.outcome ?? given.expected;
  if (expected !== 'refused') {
    expect(await requestOf(given, written)).toEqual(expected);
    return;
  }
  const error: unknown = await requestOf(given, written).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DexchangeError);
  const { code, message, hint } = error as DexchangeError;
  expect(code).toMatch(/^kubeconfig_(?:invalid|unreadable)$|^url_insecure$/);
  const [path = ''] = written.paths;
  const folder = path.replace(/config-0$/, '');
  // The file, or the entry in it.
  const named = [folder, 'user u', 'context x'].filter((name) => message.includes(name));
  expect(named, message).not.toEqual([]);
  expect(hint).toMatch(/./);
});
