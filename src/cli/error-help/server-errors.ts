import type { HelpOf } from './error-help.ts';

/** Errors of the network and of responses (exit code 5), and of the Kubernetes API (exit code 6). */
export const serverErrors: HelpOf<'server_' | 'proxy_' | 'token_' | 'api_'> = {
  server_unreachable: {
    meaning:
      'dexchange could not connect to the server. The message names the server and the reason.',
    causes: [
      'The host or the port is wrong, or DNS in this network does not resolve the host.',
      'A firewall blocks the connection, or the job needs a proxy (HTTPS_PROXY).',
      'The server is down.',
    ],
    remedy: 'Run `curl -v URL` in the same job, and correct the URL, DNS or the proxy.',
  },
  server_timeout: {
    meaning: 'The call did not end within `--timeout`.',
    causes: [
      'A firewall drops the packets without an answer.',
      'The server or a plugin is slow.',
      'dexchange reads a pipe, and nothing is written to it.',
    ],
    remedy:
      'Run the same command with `-v` to see what it waits for. If that is only slow, raise `--timeout`.',
  },
  server_tls: {
    meaning: 'The TLS connection failed, usually because of the certificate of the server.',
    causes: [
      'The certificate is from a private CA that is not configured.',
      'A proxy intercepts TLS with a CA of its own.',
      'The certificate is for another name, or has expired.',
    ],
    remedy:
      'Set `--dex-certificate-authority` (for Dex) or certificate-authority-data (for the API) to the CA that the message names.',
  },
  server_redirect: {
    meaning:
      'The server redirects the request. dexchange does not follow redirects, because that would send secrets to another server.',
    causes: [
      'A gateway asks for a login.',
      'The URL begins with http:// instead of https://, or the server has moved.',
    ],
    remedy: 'Set the URL that the message names, or bypass the gateway.',
  },
  server_too_large: {
    meaning: 'A request or response is larger than the receiver accepts.',
    causes: [
      'The token has many groups, and the ingress limits headers or bodies.',
      'The URL belongs to another server, which answers with a large page.',
    ],
    remedy: 'Raise the limits of the ingress, or use a token with fewer groups and claims.',
  },
  server_busy: {
    meaning: 'The server answered 429, 502, 503 or 504, even after retries.',
    causes: [
      'The server is restarting, or has no ready pods.',
      'There are too many requests; dexchange caches credentials to avoid that.',
    ],
    remedy: 'Try again later. If it persists, check the backend of the ingress.',
  },
  server_nonsense: {
    meaning: 'The response of the server does not follow the protocol.',
    causes: [
      'The URL belongs to another server: a login page, a registry, another path.',
      'A gateway changes the response, or a cache answers 304 (Not Modified) instead of the server.',
    ],
    remedy: 'Compare the URL with the issuer of Dex or the IdP, path and port included.',
  },
  proxy_failed: {
    meaning: 'The proxy did not connect to the server.',
    causes: [
      'The proxy needs a user name and password, or they are wrong.',
      'The proxy does not allow the host or the port.',
      'The scheme or port of the proxy URL is wrong.',
    ],
    remedy: 'Correct the variable that the message names, or add the host to NO_PROXY.',
  },
  token_not_jwt: {
    meaning: 'Dex returned a token that kube-apiserver cannot verify.',
    causes: ['`--dex-url` belongs to another server than the issuer of Dex.'],
    remedy: 'Set `--dex-url` to the issuer of Dex.',
  },
  token_without_expiry: {
    meaning: 'The token has no exp claim, so dexchange does not know when it expires.',
    causes: ['The URL belongs to another server than Dex or the Kubernetes API.'],
    remedy: 'Set `--dex-url` to the issuer of Dex, or check the server of the context.',
  },
  token_expired: {
    meaning: 'The server returned a token that has already expired.',
    causes: ['The clock of the server or of this machine is wrong.'],
    remedy: 'Synchronize both clocks with NTP.',
  },
  token_wrong_audience: {
    meaning: 'The token is not for the audience that was requested.',
    causes: [
      '`--scope` asks for another audience.',
      '`--requested-token-type` or the URL of Dex is wrong.',
    ],
    remedy: 'Remove `--audience` and audience:… items of `--scope`; kubernetes is then requested.',
  },

  api_unauthorized: {
    meaning: 'The API server does not authenticate the credential (401).',
    causes: [
      'The token has expired, was revoked, or is for another cluster or audience.',
      'A proxy or ingress drops the Authorization header, so the caller is system:anonymous.',
      'The user name or password is wrong, or Basic Auth is disabled.',
      'The address is that of the API server itself, which ignores passwords, instead of the published API.',
      'An ingress or gateway in front of the API server requires a login.',
    ],
    remedy:
      'Check the token with `dexchange decode`, and run `dexchange whoami` with the context of the call.',
  },
  api_forbidden: {
    meaning: 'The API server knows the user, but RBAC does not allow the request (403).',
    causes: [
      'No ClusterAuthorizationRule, AuthorizationRule or binding names the user or its groups.',
      'The groups of the user are not in the token.',
      'Basic Auth: basic-auth-proxy also answers 403 to a wrong password.',
      'An ingress or firewall in front of the API server denies this machine, with a page of its own.',
    ],
    remedy:
      'Run `dexchange whoami` for user and groups, and ask an administrator to grant access to them.',
  },
  api_missing: {
    meaning: 'A required object does not exist in the cluster (404).',
    causes: [
      'The name or the namespace is wrong.',
      'The object has not been created yet: see `dexchange help manifests`.',
      'The cluster does not run Deckhouse, or the module is disabled.',
    ],
    remedy: 'Correct the name, or create the object as the hint says.',
  },
  api_refused: {
    meaning: 'The API server gave an unexpected answer. The message contains it.',
    causes: [
      'The server of the cluster entry is not a Kubernetes API, or a proxy answers instead.',
      'The API server is older than 1.28 (for whoami).',
    ],
    remedy: 'Check server and proxy-url of the cluster entry in the kubeconfig.',
  },
};
