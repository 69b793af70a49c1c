import type { Secret } from '../../secret.ts';

/**
 * One context of a kubeconfig, as client-go understands it (clientcmd/api/v1): what a request to
 * the cluster is made of. Paths are absolute.
 */
export interface KubeconfigContext {
  readonly name: string;
  /** The file of `--kubeconfig`, if the call has it, for commands in hints. */
  readonly kubeconfig?: string;
  readonly namespace: string | undefined;
  readonly cluster: Cluster;
  readonly user: User;
}

/** PEM text, or the absolute path of a file that holds it. Inline data wins over a path. */
export type PemSource = { readonly pem: string } | { readonly path: string };

/** PEM text of a private key, or the absolute path of a file that holds it. */
export type KeySource = { readonly pem: Secret } | { readonly path: string };

/** A cluster entry. */
export interface Cluster {
  readonly name: string;
  readonly server: string;
  readonly tlsServerName: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  readonly certificateAuthority: PemSource | undefined;
  readonly proxyUrl: string | undefined;
  /** Only told to plugins: this program asks for no compression. */
  readonly disableCompression?: true;
  /** The extension client.authentication.k8s.io/exec, as it is; undefined if there is none. */
  readonly execExtension: unknown;
}

/** A user entry: every kind of credential that it has. Which one is used is client-go's rule. */
export interface User {
  readonly name: string;
  readonly token: Secret | undefined;
  /** Wins over `token`. */
  readonly tokenFile: string | undefined;
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly clientCertificate: PemSource | undefined;
  readonly clientKey: KeySource | undefined;
  readonly exec: ExecEntry | undefined;
  /** Impersonation: `as`, `as-uid`, `as-groups`, `as-user-extra`. */
  readonly impersonate:
    | {
        readonly user: string;
        readonly uid: string | undefined;
        readonly groups: readonly string[];
        readonly extra: Readonly<Record<string, readonly string[]>>;
      }
    | undefined;
}

/** The exec entry of a user: the plugin that client-go runs for a credential. */
export interface ExecEntry {
  /** A bare name is looked up in PATH; anything else is an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly installHint: string | undefined;
  /** Whether the plugin is told of the cluster, its extension included. */
  readonly provideClusterInfo: boolean;
  readonly interactiveMode: string | undefined;
}
