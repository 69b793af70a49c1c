import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { curlCommand } from '../../../src/explain/curl.ts';
import { clusterTrust, givenAuthority } from '../../../src/explain/curl-trust.ts';
import type { OutgoingRequest } from '../../../src/http/message.ts';
import { decodeCluster } from '../../../src/kubernetes/kubeconfig/decode.ts';
import { emptyFolder } from '../support/folder.ts';
import { type Given, settingsOf } from '../support/settings.ts';

const pem = `-----BEGIN CERTIFICATE-----\n${'MIIB'.repeat(500)}\n-----END CERTIFICATE-----\n`;
const data = Buffer.from(pem).toString('base64');
const request: OutgoingRequest = {
  peer: 'dex',
  method: 'GET',
  url: 'https://dex.example.com/keys',
  headers: [],
};

/** The command for settings; `curl` prints its arguments instead of sending the request. */
function pasted(given: Given, isOfEntry = false, env: Readonly<Record<string, string>> = {}) {
  const command = curlCommand(request, givenAuthority(settingsOf(given), isOfEntry)).join(' ');
  const cwd = emptyFolder();
  const script = `curl() { echo "$*"; }\n${command}`;
  const output = execFileSync('sh', ['-c', script], { cwd, env: { ...process.env, ...env } });
  return { command, output: output.toString(), cwd };
}

describe('the CA that is given as a value', () => {
  const name = 'dex-certificate-authority-data';
  test.each<[string, Given, boolean, Readonly<Record<string, string>>, RegExp]>([
    ['a flag', { flags: { [name]: data } }, false, {}, /^printf %s LS0t/],
    ['a flag of an exec entry', { flags: { [name]: data } }, true, {}, /^printf %s LS0t/],
    [
      'its variable',
      { env: { DEXCHANGE_DEX_CERTIFICATE_AUTHORITY_DATA: data } },
      false,
      { DEXCHANGE_DEX_CERTIFICATE_AUTHORITY_DATA: data },
      /^printf %s "\$DEXCHANGE_DEX_CERTIFICATE_AUTHORITY_DATA" \| /,
    ],
    [
      'a variable of d8',
      { env: { DEX_CA_DATA: data } },
      false,
      { DEX_CA_DATA: data },
      /^printf %s "\$DEX_CA_DATA" \| /,
    ],
    // A shell does not have the variables of an exec entry.
    ['a variable of an exec entry', { env: { DEX_CA_DATA: data } }, true, {}, /^printf %s LS0t/],
  ])('by %s is in the command as pasted', (_what, given, isOfEntry, env, start) => {
    const { command, output, cwd } = pasted(given, isOfEntry, env);
    expect(command).toMatch(start);
    expect(output).toBe('-q -sS --cacert ca.crt https://dex.example.com/keys\n');
    expect(readFileSync(join(cwd, 'ca.crt'), 'utf8')).toBe(pem);
  });

  test('in parts that a report does not shorten', () => {
    const trust = givenAuthority(settingsOf({ flags: { [name]: data } }), false);
    expect(trust.caSource?.length).toBeGreaterThan(2);
    for (const part of trust.caSource ?? []) expect(part.length).toBeLessThan(2000);
  });

  test('by a variable in place of a very large one', () => {
    const trust = givenAuthority(settingsOf({ flags: { [name]: data.repeat(10) } }), false);
    expect(trust.caSource).toEqual(['printf %s "$DEX_CA_DATA"']);
  });

  test('is not needed with a file, or without verification', () => {
    const file = settingsOf({ flags: { 'dex-certificate-authority': '/ca.pem' } });
    expect(curlCommand(request, givenAuthority(file, false))).toContain("--cacert '/ca.pem'");
    const insecure = curlCommand(request, { caSource: ['printf %s x'], insecure: true });
    expect(insecure.slice(0, 2)).toEqual(['curl -q -sS', '--insecure']);
    expect(givenAuthority(settingsOf({}), false)).toEqual({});
  });
});

describe('the API server of a cluster entry', () => {
  const cluster = (fields: object) =>
    decodeCluster({
      name: 'c',
      file: '/k/config',
      fields: { server: 'https://api.example.com', ...fields },
    });
  const context = { name: 'ci', kubeconfig: '/k/config' } as Parameters<typeof clusterTrust>[1];

  test('is verified by the CA of its entry', () => {
    const embedded = cluster({ 'certificate-authority-data': data });
    expect(curlCommand(request, clusterTrust(embedded, context)).slice(0, 4)).toEqual([
      "kubectl config view --raw --flatten --minify --kubeconfig /k/config --context ci -o jsonpath='{.clusters[0].cluster.certificate-authority-data}'",
      '| base64 -d > ca.crt &&',
      'curl -q -sS',
      '--cacert ca.crt',
    ]);
    expect(clusterTrust(embedded, undefined).caSource?.[0]).toContain('--minify -o jsonpath');
    expect(clusterTrust(cluster({ 'certificate-authority': 'ca.pem' }), context)).toEqual({
      caFile: '/k/ca.pem',
    });
  });

  test('or not at all', () => {
    expect(clusterTrust(cluster({}), context)).toEqual({});
    const skipped = clusterTrust(cluster({ 'insecure-skip-tls-verify': true }), context);
    expect(skipped).toEqual({ insecure: true });
  });
});
