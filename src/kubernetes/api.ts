/** One request to the Kubernetes API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query: `/api/v1/namespaces/x/secrets`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What came back, whatever the status. */
export interface ApiResponse {
  readonly status: number;
  /** Undefined if the body was none. */
  readonly json: unknown;
  /** The beginning of the body, for errors. */
  readonly text: string;
  /** The server's time in milliseconds since the epoch, if it told. */
  readonly dateMs: number | undefined;
}

/** A Kubernetes API, with the credential of a kubeconfig context. */
export interface ClusterApi {
  readonly server: string;
  /** The context's name, for messages. */
  readonly context: string;
  /** @throws DexchangeError server_unreachable, server_timeout, server_tls, url_insecure */
  send(request: ApiRequest): Promise<ApiResponse>;
}
