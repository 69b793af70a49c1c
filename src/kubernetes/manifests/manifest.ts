/** A resource to be applied, with what a reader should know about it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Says why a resource, or a field of it, is as it is. */
export interface Note {
  /** The field's path; empty for the resource itself. */
  readonly at: readonly (string | number)[];
  readonly text: string;
}

/** A resource and its notes. */
export interface NotedManifest {
  readonly manifest: Manifest;
  readonly notes: readonly Note[];
}
