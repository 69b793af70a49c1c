import type { Symptom } from './symptom.ts';

/** What clients print if they cannot connect to the API server; dexchange has its own words for Dex. */
export const networkSymptoms: readonly Symptom[] = [
  {
    id: 'unknown-authority',
    title: 'the certificate is signed by an unknown CA',
    messages: [
      {
        by: ['kubectl', 'helm', 'OpenTofu'],
        text: 'Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority',
      },
      {
        by: ['Python'],
        text: '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: unable to get local issuer certificate',
      },
      { by: ['JavaScript'], text: 'unable to verify the first certificate' },
      {
        by: ['kubectl', 'helm'],
        text: 'dexchange: Dex at …: its certificate is signed by "…", which is not trusted here (server_tls)',
      },
    ],
    cause:
      'if the line does not contain `dexchange:`, it is the certificate of the API server, and the kubeconfig has no CA or the wrong one. Otherwise, it is the certificate of Dex or of the IdP. A proxy that intercepts TLS can cause both',
    fix: 'for the API server, set `certificate-authority-data` of the cluster; for Dex, set --dex-certificate-authority',
    more: [['tls-unknown-ca', 'the certificate of HOST is signed by an unknown CA']],
  },
  {
    id: 'other-name',
    title: 'the certificate is for another name',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: tls: failed to verify certificate: x509: certificate is valid for …, not …',
      },
      {
        by: ['Python'],
        text: "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for '…'.",
      },
      { by: ['JavaScript'], text: "Hostname/IP does not match certificate's altnames: …" },
    ],
    cause:
      '`server` has a name or address that is not in the certificate, or the ingress answers with its default certificate because publishAPI is off',
    fix: 'set `server` to a name that is in the certificate; in Deckhouse, enable publishAPI in user-authn',
    more: [['tls-wrong-name', 'the certificate of HOST is for another name']],
  },
  {
    id: 'connection-refused',
    title: 'the connection is refused',
    messages: [
      {
        by: ['kubectl'],
        text: 'The connection to the server … was refused - did you specify the right host or port?',
      },
      { by: ['helm'], text: 'dial tcp …: connect: connection refused' },
      {
        by: ['Python'],
        text: 'Failed to establish a new connection: [Errno 111] Connection refused',
      },
      { by: ['JavaScript'], text: 'Error: connect ECONNREFUSED …' },
    ],
    cause:
      'no server listens on this port. kubectl prints the same if `HTTPS_PROXY` names a proxy that is down; other clients mention the proxy. For `localhost`, see [the client asks localhost](#no-kubeconfig)',
    fix: 'correct `server` in the kubeconfig; check `HTTPS_PROXY`, and add the host to `NO_PROXY` if no proxy is needed',
    more: [['unreachable', 'a server is unreachable or does not respond in time']],
  },
  {
    id: 'proxy-refused',
    title: 'the proxy does not answer',
    messages: [
      { by: ['helm'], text: 'proxyconnect tcp: dial tcp …: connect: connection refused' },
      { by: ['Python'], text: "ProxyError('Unable to connect to proxy', …" },
    ],
    cause: '`HTTPS_PROXY` names a proxy that is down or has another address',
    fix: 'correct `HTTPS_PROXY`, or unset it if this runner needs no proxy',
    more: [['proxy', 'the connection through the proxy fails']],
  },
  {
    id: 'no-such-host',
    title: 'the host does not exist',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: dial tcp: lookup …: no such host',
      },
      { by: ['Python'], text: "Failed to resolve '…' ([Errno -2] Name or service not known)" },
      { by: ['JavaScript'], text: 'Error: getaddrinfo ENOTFOUND …' },
    ],
    cause: 'the name in `server` is wrong, or the DNS of the runner does not know it',
    fix: 'correct `server`; try `getent hosts HOST` in the job',
    more: [['unreachable', 'a server is unreachable or does not respond in time']],
  },
  {
    id: 'timeout',
    title: 'the server does not respond in time',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: dial tcp …: i/o timeout',
        isDocumented: true,
      },
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: net/http: TLS handshake timeout',
        isDocumented: true,
      },
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        isDocumented: true,
      },
    ],
    cause: 'a firewall drops the packets, or the runner has no route to the API server',
    fix: 'allow the connection for the runner, or set `HTTPS_PROXY` to a proxy that reaches the cluster',
    more: [['unreachable', 'a server is unreachable or does not respond in time']],
  },
  {
    id: 'http-response-to-https',
    title: 'the port serves plain HTTP',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: http: server gave HTTP response to HTTPS client',
      },
      { by: ['Python'], text: '[SSL: WRONG_VERSION_NUMBER] wrong version number' },
    ],
    cause: '`server` begins with `https://`, but its port serves plain HTTP',
    fix: 'correct the port in `server`',
    more: [['tls-failed', 'the TLS handshake fails']],
  },
  {
    id: 'https-server-got-http',
    title: 'the port requires HTTPS',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Error from server (BadRequest): the server rejected our request for an unknown reason',
      },
      {
        by: ['JavaScript'],
        text: 'Error: HTTP protocol is not allowed when skipTLSVerify is not set or false',
      },
    ],
    cause:
      '`server` begins with `http://`, but its port requires HTTPS. Go programs send no credential over plain HTTP',
    fix: 'write `https://` in `server`',
  },
];
