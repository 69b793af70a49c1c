/** What one way to a cluster is made of: three entries of a kubeconfig. */
export interface KubeconfigEntries {
  readonly cluster: NamedEntry;
  readonly user: NamedEntry;
  readonly context: NamedEntry;
}

export interface NamedEntry {
  readonly name: string;
  /** As in the file: `server`, `certificate-authority-data` and so on; nothing undefined. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The exec entry of a user whose credential comes from a plugin. */
export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/**
 * The fields of a cluster.
 * @param caPem the CA certificates, to be embedded; undefined for a public CA
 */
export function clusterFields(server: string, caPem: string | undefined): NamedEntry['fields'] {
  return {
    server,
    ...(caPem === undefined
      ? {}
      : { 'certificate-authority-data': Buffer.from(caPem).toString('base64') }),
  };
}

/**
 * The fields of a user with this program as its credential plugin. `v1`, which every client of
 * today reads, and which fabric8 would refuse as an answer to `v1beta1`.
 */
export function execFields({ command, args, env }: ExecPlugin): NamedEntry['fields'] {
  return {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command,
      args,
      ...(env.length === 0 ? {} : { env }),
      interactiveMode: 'Never',
      installHint:
        'dexchange gets the credential for this cluster, and is not installed: put it into a folder of PATH',
    },
  };
}
