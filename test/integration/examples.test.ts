import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { checkUsage, commandNamed } from '../../src/cli/commands.ts';
import { parseArguments } from '../../src/config/parse-arguments.ts';
import { resolveSettings } from '../../src/config/resolve.ts';
import { ambientSystems } from '../../src/identity/select-ambient.ts';
import { ciClaims } from '../support/ci-claims.ts';
import { startDex } from '../support/dex.ts';
import { dexchange, execCredential, freshFolder } from '../support/dexchange.ts';
import { callsIn, commandLine, textsOf } from '../support/dexchange-calls.ts';
import { clusterExample, exampleFiles, exampleScope, yamlDocuments } from '../support/examples.ts';
import { type Idp, startIdp } from '../support/idp.ts';

const files = exampleFiles();
const isYaml = ({ path }: { readonly path: string }) => /\.ya?ml$/.test(path);
/** Those of CI systems; the others show exec and the agent, which work in each system. */
const folders = files.flatMap(({ path }) => /^([^/]+)\/cluster\.yaml$/.exec(path)?.[1] ?? []);
const root = resolve(import.meta.dirname, '../..');

const calls = files.flatMap((file) => {
  const texts = isYaml(file) ? yamlDocuments(file).flatMap(textsOf) : [file.text];
  if (file.path.endsWith('.tf')) {
    for (const [, list = ''] of file.text.matchAll(/args = \[([^\]]*)\]/g)) {
      texts.push(commandLine(JSON.parse(`[${list.replace(/,\s*$/, '')}]`)));
    }
  }
  return texts.flatMap(callsIn).map((words) => [file.path, words] as const);
});

test.each(files.filter(isYaml).map((file) => [file.path, file] as const))(
  '%s is YAML',
  (_path, file) => {
    expect(yamlDocuments(file)).not.toEqual([]);
  },
);

test('command lines are found in every kind of file', () => {
  const kinds = new Set(calls.map(([path]) => path.replace(/^.*[./]/, '')));
  expect([...kinds].sort()).toEqual(['Jenkinsfile', 'service', 'sh', 'tf', 'yaml', 'yml']);
  expect(calls.length).toBeGreaterThanOrEqual(15);
  const commands = new Set(calls.map(([, words]) => words[0]));
  expect([...commands].sort()).toEqual(['agent', 'exec', 'get-token']);
});

test.each(calls)('%s: dexchange %j is a valid command line', (_path, words) => {
  const parsed = parseArguments(words);
  const [name = '', ...more] = parsed.positionals;
  const command = commandNamed(name);
  checkUsage(command, parsed.flags, more);
  expect(() => resolveSettings({ flags: parsed.flags, env: {}, clusterConfig: {} })).not.toThrow();
});

test('every DEXCHANGE_ variable in the examples exists', () => {
  const used = files.flatMap(({ text }) => text.match(/\bDEXCHANGE_[A-Z_]+/g) ?? []);
  expect(used.length).toBeGreaterThan(10);
  for (const variable of new Set(used)) {
    const flag = variable.slice('DEXCHANGE_'.length).toLowerCase().replaceAll('_', '-');
    expect(() => parseArguments([`--${flag}=x`]), variable).not.toThrow();
  }
});

test('every system that dexchange detects has an example', () => {
  const named: Readonly<Record<string, string>> = {
    kubernetes: 'tekton',
    'terraform-cloud': 'terraform',
  };
  for (const { name } of ambientSystems) expect(folders).toContain(named[name] ?? name);
  expect(Object.keys(ciClaims).sort()).toEqual([...folders].sort());
});

test('the targets of links in docs/ci-systems.md exist', () => {
  const text = readFileSync(resolve(root, 'docs/ci-systems.md'), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target = '']) => target);
  expect(targets.length).toBeGreaterThan(20);
  for (const target of targets) {
    expect(existsSync(resolve(root, 'docs', target)), target).toBe(true);
  }
});

describe.each(folders)('the example of %s', (folder) => {
  const example = clusterExample(folder);
  const pipeline = files.filter(
    ({ path }) => path.startsWith(`${folder}/`) && !path.endsWith('cluster.yaml'),
  );

  let idp: Idp;
  beforeAll(async () => {
    idp = await startIdp();
  });
  afterAll(() => idp.close());

  test('uses the connector of its DexProvider', () => {
    expect(pipeline).toHaveLength(1);
    expect(pipeline[0]?.text).toContain(example.connectorId);
    // The custom resource requires these fields.
    expect(example.oidc).toMatchObject({
      issuer: expect.stringMatching(/^https:\/\//),
      clientID: expect.any(String),
      clientSecret: expect.any(String),
    });
  });

  test('maps the documented claims to the user and groups of its rule', async () => {
    const { issuer: _issuer, claimMappingOverride, ...oidc } = example.oidc;
    const dex = await startDex({
      connectors: [
        {
          id: example.connectorId,
          type: 'oidc',
          issuer: idp.issuer,
          insecureEnableGroups: true,
          overrideClaimMapping: claimMappingOverride === true,
          ...oidc,
        },
      ],
    });
    onTestFinished(dex.close);
    const home = freshFolder();
    onTestFinished(home.remove);
    const exchange = async (claims: Readonly<Record<string, unknown>>) => {
      const token = await idp.mint({ ...claims, iss: idp.issuer });
      const args = ['get-token', '--dex-url', dex.issuer, '--connector-id', example.connectorId];
      return dexchange([...args, '--client-id=dex-client-ci-token-exchange@d8-user-authn'], {
        env: {
          HOME: home.path,
          DEXCHANGE_CLIENT_SECRET: 's3cr+t%2F=&:x',
          DEXCHANGE_SCOPE: exampleScope(folder) ?? '',
          SUBJECT_TOKEN: token,
        },
      });
    };
    const claims = ciClaims[folder]?.() ?? {};
    const ended = await exchange(claims);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { email, groups = [], name } = decodeJwt(execCredential(ended).status.token);
    // kube-apiserver of DKP requires a name and rejects users and groups that start with system:.
    expect(name).toEqual(expect.any(String));
    expect([email, ...(groups as string[])].some((each) => /^system:/.test(String(each)))).toBe(
      false,
    );
    for (const subject of example.subjects) {
      if (subject.kind === 'Group') expect(groups).toContain(subject.name);
      // Tekton's user is the issuer, which is the stand-in here.
      else expect(email).toBe(folder === 'tekton' ? idp.issuer : subject.name);
    }
    const [allowed] = example.oidc.allowedGroups ?? [];
    if (allowed === undefined) return;
    const stranger = JSON.parse(JSON.stringify(claims).replaceAll(allowed, 'strangers'));
    expect(await exchange(stranger)).toMatchObject({ code: 4 });
  });

  test('is described in docs/ci-systems.md with the same user and groups', () => {
    const text = readFileSync(resolve(root, 'docs/ci-systems.md'), 'utf8');
    const row = text
      .split('\n')
      .find((line) => line.includes(`(../examples/${folder}/cluster.yaml)`));
    expect(row).toBeDefined();
    const { email = 'email', groups } = example.oidc.claimMapping ?? {};
    expect(row).toContain(`\`${email}\``);
    if (groups !== undefined) expect(row).toContain(`\`${groups}\``);
    for (const { kind, name } of example.subjects) {
      expect(row).toContain(`${kind} \`${name}\``);
    }
  });
});
