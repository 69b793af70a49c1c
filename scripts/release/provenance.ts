import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../package/sha256.ts';
import { type PackagedFile, targetNamed } from '../package/targets.ts';
import { signedEnvelope } from './dsse.ts';
import type { ReleaseBinary } from './release-binary.ts';
import type { ReleaseInfo } from './release-info.ts';
import type { SigningKey } from './signing-key.ts';

const payloadType = 'application/vnd.in-toto+json';

/** What the statement is about, and who made it. */
export interface ProvenanceFacts {
  readonly info: ReleaseInfo;
  readonly binaries: readonly ReleaseBinary[];
  /** The SHA-256 of each file in hex, by path. */
  readonly hashes: ReadonlyMap<string, string>;
  /** The URI of who runs the build. */
  readonly builder: string;
}

/** The name of the file with the provenance, which depends on whether it is signed. */
export function provenanceName(version: string, isSigned: boolean): string {
  return `dexchange_${version}.intoto.json${isSigned ? 'l' : ''}`;
}

/**
 * Writes the provenance of the files into a folder: a DSSE envelope if there is a key, and otherwise
 * the bare statement.
 */
export async function writeProvenance(
  facts: ProvenanceFacts,
  key: SigningKey | undefined,
  folder: string,
): Promise<void> {
  const statement = Buffer.from(JSON.stringify(await provenanceStatement(facts)));
  const content =
    key === undefined ? statement : JSON.stringify(signedEnvelope(key, payloadType, statement));
  const name = provenanceName(facts.info.version, key !== undefined);
  await writeFile(join(folder, name), `${content}\n`);
}

/**
 * The in-toto statement of how the files were made, with the predicate of SLSA:
 * https://slsa.dev/spec/v1.0/provenance. It has no times and no id of the run, so that the same
 * build gives the same statement.
 */
export async function provenanceStatement(
  facts: ProvenanceFacts,
): Promise<Readonly<Record<string, unknown>>> {
  const { info, binaries, hashes, builder } = facts;
  const lockFile = await sha256Of(join(info.root, 'package-lock.json'));
  const { downloadUrl, homepage } = info;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [...hashes].map(([name, sha256]) => ({ name, digest: { sha256 } })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:dexchange:npm-run-release:v1',
        externalParameters: {
          targets: binaries.map(({ target }) => target),
          maintainer: info.maintainer,
          ...(downloadUrl === undefined ? {} : { downloadUrl }),
        },
        internalParameters: { SOURCE_DATE_EPOCH: info.epoch },
        resolvedDependencies: [
          {
            name: 'source',
            ...(homepage === undefined ? {} : { uri: `git+${homepage}` }),
            digest: { gitCommit: info.commit },
          },
          { name: 'package-lock.json', digest: { sha256: lockFile } },
          ...baseFiles(binaries).map(resourceOf),
        ],
      },
      runDetails: { builder: { id: builder } },
    },
  };
}

/** The files of packages that are in the binaries, each once. */
function baseFiles(binaries: readonly ReleaseBinary[]): readonly PackagedFile[] {
  const all = binaries.flatMap(({ target }) => {
    const { base, libraries } = targetNamed(target);
    return [base, ...Object.values(libraries?.files ?? {})];
  });
  return [...new Map(all.map((file) => [file.sha256, file])).values()];
}

function resourceOf(file: PackagedFile): Readonly<Record<string, unknown>> {
  const type = { npm: 'npm', pypi: 'pypi', debian: 'deb/debian' }[file.registry];
  const version = encodeURIComponent(file.version);
  const uri = `pkg:${type}/${encodeURIComponent(file.package)}@${version}#${file.path}`;
  return { uri, digest: { sha256: file.sha256 } };
}
