import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../package/sha256.ts';
import type { BundledPackage } from './bundled-packages.ts';
import { cpeOf, genericPurl, type NodeVersions, nodeParts } from './node-parts.ts';
import { type Platform, platformLabel, type ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';

/** A component of CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/#components). */
interface Component {
  readonly type: 'application' | 'library' | 'data' | 'file' | 'platform';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly group?: string;
  readonly version?: string;
  readonly description?: string;
  readonly purl?: string;
  readonly cpe?: string;
  readonly hashes?: readonly { readonly alg: 'SHA-256'; readonly content: string }[];
  readonly licenses?: readonly { readonly expression: string }[];
}

/** The name of the bill of materials of a binary. */
export function sbomName(version: string, binary: Platform): string {
  return `dexchange_${version}_${platformLabel(binary)}.cdx.json`;
}

/**
 * The software bill of materials of a binary, in CycloneDX 1.6: what is inside the file, rather than
 * what is installed to build it.
 * @param packages the npm packages in the program
 * @param versions `process.versions` of the Node in the program
 */
export async function sbomOf(
  info: ReleaseInfo,
  binary: ReleaseBinary,
  packages: readonly BundledPackage[],
  versions: NodeVersions,
): Promise<Readonly<Record<string, unknown>>> {
  const hash = await sha256Of(binary.program);
  const program: Component = {
    type: 'application',
    'bom-ref': 'dexchange',
    name: 'dexchange',
    version: info.version,
    description: info.description,
    purl: genericPurl('dexchange', info.version),
    hashes: [{ alg: 'SHA-256', content: hash }],
    licenses: [{ expression: info.license }],
  };
  const libraries = packages.map(packageComponent);
  const node = nodeComponent(versions.node ?? '');
  const parts = nodeParts(versions).map(
    ({ name, version, kind, purl, cpe }): Component => ({
      type: kind,
      'bom-ref': `node/${name}`,
      name,
      version,
      purl,
      ...(cpe === undefined ? {} : { cpe }),
    }),
  );
  const files = await libraryFiles(binary);
  const refs = (components: readonly Component[]): readonly string[] =>
    components.map((component) => component['bom-ref']);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidFrom(hash)}`,
    version: 1,
    metadata: {
      timestamp: new Date(info.epoch * 1000).toISOString(),
      component: program,
      properties: [
        { name: 'dexchange:target', value: binary.target },
        { name: 'dexchange:commit', value: info.commit },
      ],
    },
    components: [...libraries, node, ...parts, ...files],
    dependencies: [
      { ref: 'dexchange', dependsOn: refs([...libraries, node, ...files]) },
      { ref: node['bom-ref'], dependsOn: refs(parts) },
    ],
  };
}

function packageComponent({ name, version, license }: BundledPackage): Component {
  const [scope, bare] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const path = scope === undefined ? name : `${encodeURIComponent(scope)}/${bare}`;
  const purl = `pkg:npm/${path}@${version}`;
  return {
    type: 'library',
    'bom-ref': purl,
    name: bare ?? name,
    ...(scope === undefined ? {} : { group: scope }),
    version,
    purl,
    ...(license === undefined ? {} : { licenses: [{ expression: license }] }),
  };
}

function nodeComponent(version: string): Component {
  return {
    type: 'platform',
    'bom-ref': 'node',
    name: 'node',
    version,
    purl: genericPurl('node', version),
    cpe: cpeOf('nodejs:node.js', version),
    licenses: [{ expression: 'MIT' }],
  };
}

/** The libraries next to the program in its archive. */
async function libraryFiles({ libraries }: ReleaseBinary): Promise<readonly Component[]> {
  if (libraries === undefined) return [];
  return await Promise.all(
    (await readdir(libraries)).sort().map(async (name): Promise<Component> => {
      const content = await sha256Of(join(libraries, name));
      const path = `lib/dexchange/${name}`;
      return { type: 'file', 'bom-ref': path, name: path, hashes: [{ alg: 'SHA-256', content }] };
    }),
  );
}

/** A UUID (RFC 9562, version 8) that is the same for the same hash. */
function uuidFrom(hash: string): string {
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(12, 15)}`];
  return [...parts, `8${hash.slice(15, 18)}`, hash.slice(18, 30)].join('-');
}
