/** The three kubeconfig entries that give access to a cluster. */
export interface KubeconfigEntries {
  readonly cluster: NamedEntry;
  readonly user: NamedEntry;
  readonly context: NamedEntry;
}

/** The lists of a kubeconfig, by what they hold. */
export const lists = { cluster: 'clusters', user: 'users', context: 'contexts' } as const;

export const parts = ['cluster', 'user', 'context'] as const;

export interface NamedEntry {
  readonly name: string;
  /** The fields as in the file, such as `server`; none is undefined. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The variable parts of the exec entry that runs dexchange. */
export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/**
 * The fields of a cluster entry.
 * @param caPem the CA certificates to embed; undefined for a public CA
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
 * The fields of a user entry with dexchange as its credential plugin. The version is `v1`, which
 * all current clients support.
 * @param address where people get dexchange; clients print it if they do not find the program
 */
export function execFields(
  { command, args, env }: ExecPlugin,
  address: string | undefined,
): NamedEntry['fields'] {
  const from = address === undefined ? '' : ` from ${address}`;
  return {
    exec: {
      apiVersion: 'client.authentication.k8s.io/v1',
      command,
      args,
      ...(env.length === 0 ? {} : { env }),
      interactiveMode: 'Never',
      installHint: `this kubeconfig needs the dexchange plugin: install it${from} and add it to PATH`,
    },
  };
}
