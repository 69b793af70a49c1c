import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { packagesInBundle } from '../../../scripts/release/bundled-packages.ts';
import { nodeParts } from '../../../scripts/release/node-parts.ts';
import { nodeVersions } from '../../../scripts/release/node-versions.ts';
import { sbomOf } from '../../../scripts/release/sbom.ts';
import { emptyFolder } from '../support/folder.ts';
import { fakeBinary, info } from './fake-release.ts';

const packages = [
  { name: 'jose', version: '6.2.18', license: 'MIT' },
  { name: '@scope/name', version: '1.0.0', license: undefined },
];

/** Validates against the schema of CycloneDX, which refers to two others. */
function schemaErrors(sbom: unknown): unknown {
  const schema = (name: string): Record<string, unknown> => {
    const folder = join(info.root, 'node_modules/@cyclonedx/cyclonedx-library/res/schema');
    return JSON.parse(readFileSync(join(folder, `${name}.SNAPSHOT.schema.json`), 'utf8'));
  };
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const name of ['spdx', 'jsf-0.82']) {
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  }
  const validate = ajv.compile(schema('bom-1.6'));
  return validate(sbom) ? null : validate.errors;
}

describe('the bill of materials', () => {
  // Compiling the schema takes long on a busy machine.
  test('is valid CycloneDX, and tells which file it is about', { timeout: 60_000 }, async () => {
    const sbom = await sbomOf(info, fakeBinary(emptyFolder()), packages, process.versions);
    expect(schemaErrors(sbom)).toBeNull();
    expect(schemaErrors({ ...sbom, specVersion: 2 })).not.toBeNull();
    const content = createHash('sha256').update('the program').digest('hex');
    expect(sbom).toMatchObject({
      metadata: { component: { name: 'dexchange', hashes: [{ alg: 'SHA-256', content }] } },
      serialNumber: expect.stringMatching(/^urn:uuid:\w{8}-\w{4}-8\w{3}-8\w{3}-\w{12}$/),
    });
  });

  test('lists the packages, Node and its parts, and the libraries of the archive', async () => {
    const folder = emptyFolder();
    const libraries = join(folder, 'libraries');
    mkdirSync(libraries);
    writeFileSync(join(libraries, 'libstdc++.so.6'), 'the library');
    const binary = fakeBinary(folder, { libc: 'musl', libraries });
    const versions = { node: '24.21.0', openssl: '3.5.8', uv: '1.52.1', modules: '137' };
    const sbom = await sbomOf(info, binary, packages, versions);
    expect(schemaErrors(sbom)).toBeNull();
    expect(sbom).toMatchObject({
      components: [
        { name: 'jose', purl: 'pkg:npm/jose@6.2.18', licenses: [{ expression: 'MIT' }] },
        { group: '@scope', name: 'name', purl: 'pkg:npm/%40scope/name@1.0.0' },
        { name: 'node', version: '24.21.0', purl: 'pkg:generic/node@24.21.0' },
        { name: 'openssl', cpe: 'cpe:2.3:a:openssl:openssl:3.5.8:*:*:*:*:*:*:*' },
        { name: 'libuv', version: '1.52.1' },
        { type: 'file', name: 'lib/dexchange/libstdc++.so.6' },
      ],
    });
  });

  test('refers only to what it lists', async () => {
    const sbom = (await sbomOf(info, fakeBinary(emptyFolder()), packages, process.versions)) as {
      readonly components: readonly { readonly 'bom-ref': string }[];
      readonly dependencies: readonly { readonly dependsOn: readonly string[] }[];
    };
    const listed = sbom.components.map((component) => component['bom-ref']);
    expect(new Set(listed).size).toBe(listed.length);
    const referred = sbom.dependencies.flatMap(({ dependsOn }) => dependsOn);
    expect(referred.toSorted()).toEqual(listed.toSorted());
  });
});

test('the packages are those in the program, not those that only build it', async () => {
  const names = (await packagesInBundle(info.root)).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['env-paths', 'jose', 'undici', 'yaml']));
  expect(names).not.toContain('esbuild');
});

test('a Node tells its parts, without interfaces and without parts that it lacks', async () => {
  const names = nodeParts(await nodeVersions(process.execPath)).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['openssl', 'v8', 'zlib', 'libuv', 'undici']));
  expect(names).not.toContain('modules');
  expect(nodeParts({ nghttp3: '', zlib: '1.3.2.1-motley-8002e91' })).toEqual([
    expect.objectContaining({ name: 'zlib', purl: 'pkg:generic/zlib@1.3.2.1-motley-8002e91' }),
  ]);
});
