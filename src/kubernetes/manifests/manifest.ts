/** A Kubernetes resource. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

/** The metadata of a resource, as far as manifests set it. */
export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Explains a resource or one of its fields to the administrator who applies it. */
export interface Note {
  /** The field's path; empty for the resource itself. */
  readonly at: readonly (string | number)[];
  readonly text: string;
  /** Something that must not be overlooked: also on stderr if no terminal shows the comments. */
  readonly warning?: true;
}

/** A resource with the notes that YAML output shows as comments. */
export interface NotedManifest {
  readonly manifest: Manifest;
  readonly notes: readonly Note[];
}

/** A resource in messages: `DexClient d8-user-authn/ci-token-exchange`. */
export function manifestTitle({ kind, metadata: { name, namespace } }: Manifest): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}
