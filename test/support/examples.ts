import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

const examples = resolve(import.meta.dirname, '../../examples');

/** The connector settings of a DexProvider, with the names of the custom resource. */
export interface DexProviderOidc {
  readonly issuer: string;
  readonly clientID: string;
  readonly clientSecret: string;
  readonly getUserInfo?: boolean;
  readonly userIDKey?: string;
  readonly userNameKey?: string;
  readonly insecureSkipEmailVerified?: boolean;
  readonly claimMapping?: {
    readonly email?: string;
    readonly groups?: string;
    readonly preferred_username?: string;
  };
  readonly claimMappingOverride?: boolean;
  readonly allowedGroups?: readonly string[];
  readonly scopes?: readonly string[];
}

export interface Subject {
  readonly kind: string;
  readonly name: string;
}

/** The cluster's part of an example: its connector and the subjects that get access. */
export interface ClusterExample {
  readonly connectorId: string;
  readonly oidc: DexProviderOidc;
  readonly subjects: readonly Subject[];
}

/** A file of an example; `path` is relative to `examples/`. */
export interface ExampleFile {
  readonly path: string;
  readonly text: string;
}

export function exampleFiles(): readonly ExampleFile[] {
  return readdirSync(examples, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: file.slice(examples.length + 1), text: readFileSync(file, 'utf8') }))
    .sort((a, b) => a.path.localeCompare(b.path));
}

/** The documents of a YAML file; throws if the file is invalid or repeats a key. */
export function yamlDocuments({ path, text }: ExampleFile): readonly unknown[] {
  return parseAllDocuments(text, { prettyErrors: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${path}: ${problem.message}`);
    return document.toJS();
  });
}

/** The scopes that the pipeline of an example requests; undefined if it uses the default. */
export function exampleScope(folder: string): string | undefined {
  const texts = exampleFiles().filter(({ path }) => path.startsWith(`${folder}/`));
  return texts.map(({ text }) => /DEXCHANGE_SCOPE\s+value: (.+)/.exec(text)?.[1]).find(Boolean);
}

/** Reads `examples/<folder>/cluster.yaml`. */
export function clusterExample(folder: string): ClusterExample {
  const path = `${folder}/cluster.yaml`;
  const text = readFileSync(join(examples, path), 'utf8');
  const [provider, ...rules] = yamlDocuments({ path, text }) as [
    { metadata: { name: string }; spec: { oidc: DexProviderOidc } },
    ...{ spec: { subjects: Subject[] } }[],
  ];
  return {
    connectorId: provider.metadata.name,
    oidc: provider.spec.oidc,
    subjects: rules.flatMap((rule) => rule.spec.subjects),
  };
}
