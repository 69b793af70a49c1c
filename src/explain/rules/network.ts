import { classifyTlsError, type TlsProblem } from '../../http/tls-error.ts';
import { shellWord } from '../../shell-word.ts';
import { type Evidence, hasCode } from '../evidence.ts';
import type { Rule } from './rule.ts';

function hasTlsProblem(evidence: Evidence, problems: readonly TlsProblem[]): boolean {
  const problem = classifyTlsError(evidence.reason);
  return hasCode(evidence, ['server_tls']) && problem !== undefined && problems.includes(problem);
}

/** They have a rule of their own; `tls-failed` is the rule for all others. */
const certificateProblems: readonly TlsProblem[] = [
  'issuer-unknown',
  'wrong-name',
  'expired',
  'not-yet-valid',
];

function proxyLine({ proxy }: Evidence): readonly (string | undefined)[] {
  return [proxy === undefined ? undefined : `the connection uses the proxy ${proxy}`];
}

/** Problems in reaching Dex, the IdP or the API server. */
export const networkRules: readonly Rule[] = [
  {
    id: 'tls-unknown-ca',
    severity: 'failed',
    title: ({ host }) => `the certificate of ${host} is signed by an unknown CA`,
    symptom:
      'curl: (60) SSL certificate problem; kubectl: x509: certificate signed by unknown authority',
    codes: ['server_tls'],
    applies: (evidence) => hasTlsProblem(evidence, ['issuer-unknown']),
    evidence: proxyLine,
    causes: [
      {
        id: 'proxy',
        when: ({ proxy }) => (proxy === undefined ? undefined : 'likely'),
        cause: 'the proxy intercepts TLS and uses its own CA',
        check: 'the message names the CA of the proxy or of the company as the issuer',
        fix: 'set --dex-certificate-authority to that CA, or add the host to NO_PROXY',
      },
      {
        id: 'private-ca',
        when: () => 'likely',
        cause: 'the certificates of the cluster are signed by a private CA',
        check: 'the message names the CA of the cluster as the issuer',
        fix: ({ trustCa }) => trustCa,
      },
      {
        id: 'stranger',
        cause: 'another server responds',
        check: ({ host }) =>
          `\`openssl s_client -connect ${host} -showcerts </dev/null\` shows who responds`,
        fix: 'correct the host name or its DNS record',
      },
    ],
  },
  {
    id: 'tls-wrong-name',
    severity: 'failed',
    title: ({ host }) => `the certificate of ${host} is for another name`,
    symptom: 'curl: (60) SSL: no alternative certificate subject name matches',
    codes: ['server_tls'],
    applies: (evidence) => hasTlsProblem(evidence, ['wrong-name']),
    evidence: proxyLine,
    causes: [
      {
        id: 'other-name',
        when: () => 'likely',
        cause: 'the URL uses a name or address that is not in the certificate',
        check: 'the message lists the names in the certificate',
        fix: 'use a name of the certificate; a cluster administrator sees the hosts with `d8 k -n d8-user-authn get ingress`',
      },
      {
        id: 'default-backend',
        cause: 'the ingress has no such host and uses its default certificate',
        check:
          'the certificate is for ingress.local or Kubernetes Ingress Controller Fake Certificate',
        fix: 'correct the host name; for the API server, enable publishAPI in user-authn',
      },
    ],
  },
  {
    id: 'tls-expired',
    severity: 'failed',
    title: ({ host }) => `the certificate of ${host} has expired or is not yet valid`,
    symptom: 'curl: (60) SSL certificate problem: certificate has expired',
    codes: ['server_tls'],
    applies: (evidence) => hasTlsProblem(evidence, ['expired', 'not-yet-valid']),
    causes: [
      {
        id: 'expired',
        when: (evidence) => (hasTlsProblem(evidence, ['expired']) ? 'likely' : undefined),
        cause: 'the certificate was not renewed',
        check:
          'the message tells when it expired; `d8 k get certificate -A` shows the state in cert-manager',
        fix: 'renew the certificate of the server',
      },
      {
        id: 'clock',
        when: (evidence) => (hasTlsProblem(evidence, ['not-yet-valid']) ? 'likely' : 'possible'),
        cause: 'the clock of this machine is wrong',
        check: '`date -u` differs from the real time',
        fix: 'synchronize the clock of this machine by NTP',
      },
    ],
  },
  {
    id: 'tls-failed',
    heading: 'the TLS handshake fails',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'the TLS handshake fails',
    codes: ['server_tls'],
    applies: (evidence) =>
      hasCode(evidence, ['server_tls']) && !hasTlsProblem(evidence, certificateProblems),
    evidence: proxyLine,
    causes: [
      {
        id: 'no-tls',
        when: (evidence) => {
          if (hasTlsProblem(evidence, ['not-tls'])) return 'likely';
          const speaksTls = hasTlsProblem(evidence, ['alert', 'old-protocol', 'unknown-name']);
          return speaksTls ? undefined : 'possible';
        },
        cause: 'the port serves plain http',
        check: ({ host }) => `\`curl -q -sS http://${host}/\` answers`,
        fix: 'correct the port in the URL',
      },
      {
        id: 'client-certificate',
        when: (evidence) => (hasTlsProblem(evidence, ['alert']) ? 'likely' : undefined),
        cause: 'the server requires a client certificate',
        check: 'the server ends the handshake with an alert about a certificate',
        fix: ({ hint }) => hint,
      },
      {
        id: 'old-protocol',
        when: (evidence) => (hasTlsProblem(evidence, ['old-protocol']) ? 'likely' : undefined),
        cause: 'server and dexchange have no TLS version in common',
        check: ({ host }) => `\`openssl s_client -connect ${host} -tls1_2 </dev/null\` fails`,
        fix: ({ hint }) => hint,
      },
      {
        id: 'unknown-name',
        when: (evidence) => (hasTlsProblem(evidence, ['unknown-name']) ? 'likely' : undefined),
        cause: ({ host }) => `the server has no certificate for ${host}`,
        check: ({ host }) => `\`openssl s_client -connect ${host} </dev/null\` fails`,
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'proxy',
    heading: 'the connection through the proxy fails',
    severity: 'failed',
    title: ({ message }) => `the connection through the proxy fails: ${message}`,
    symptom: 'HTTPS_PROXY is set, and the same requests succeed from another machine',
    codes: ['proxy_failed'],
    evidence: proxyLine,
    causes: [
      {
        id: 'should-be-direct',
        when: () => 'likely',
        cause: ({ host }) =>
          `${host} needs a direct connection, but the proxy variables apply to it`,
        check: ({ host }) => `\`curl -q -sS --noproxy '*' https://${host}/\` answers`,
        fix: ({ host }) => `add ${host.replace(/:\d+$/, '')} to the variable NO_PROXY`,
      },
      {
        id: 'proxy-wrong',
        when: () => 'likely',
        cause: 'the proxy is down, its address is wrong, or it requires user name and password',
        check: 'the message names the variable and the response of the proxy',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'unreachable',
    heading: 'a server is unreachable or does not respond in time',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'the connection fails or times out',
    codes: ['server_unreachable', 'server_timeout'],
    evidence: proxyLine,
    causes: [
      {
        id: 'name',
        when: ({ reason }) =>
          /^(ENOTFOUND|EAI_AGAIN)$/.test(reason ?? '') ? 'certain' : undefined,
        cause: ({ host }) => `the name ${host} does not resolve on this machine`,
        check: ({ host }) => `\`getent hosts ${host.replace(/:\d+$/, '')}\` finds nothing`,
        fix: ({ hint }) => hint,
      },
      {
        id: 'proxy',
        when: ({ proxy }) => (proxy === undefined ? undefined : 'likely'),
        cause: 'the proxy cannot reach the server, or must not be used for it',
        check: ({ host }) => `\`curl -q -sS --noproxy '*' https://${host}/\` answers`,
        fix: ({ host }) => `add ${host.replace(/:\d+$/, '')} to the variable NO_PROXY`,
      },
      {
        id: 'wrong-port',
        when: ({ reason }) => (reason === 'ECONNREFUSED' ? 'likely' : undefined),
        cause:
          'the server does not listen on this port: host or port is wrong, or the server is down',
        check: ({ host }) => `\`curl -q -sS https://${host}/\` is refused too`,
        fix: ({ hint }) => hint,
      },
      {
        id: 'firewall',
        when: ({ reason }) => (reason === 'ECONNREFUSED' ? 'possible' : 'likely'),
        cause: 'a firewall blocks the connection, or the runner has no route to the cluster',
        check: 'the attempts in the report stop at connect; the same call succeeds on your machine',
        fix: 'allow the connection for the runner, or set HTTPS_PROXY to a proxy',
      },
      {
        id: 'slow',
        when: (evidence) => (hasCode(evidence, ['server_timeout']) ? 'possible' : undefined),
        cause: 'the server is slow, for example because Dex waits for its IdP',
        check: 'see first byte in the timing of the step',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'wrong-server',
    heading: 'another server responds',
    severity: 'failed',
    title: ({ message }) => message,
    symptom:
      'the response is not from Dex, the IdP or the API server: 404, a web page or a redirect',
    codes: ['server_nonsense', 'server_redirect', 'server_too_large'],
    evidence: (evidence) => [
      evidence.answer && `the response was ${evidence.answer.status}`,
      ...proxyLine(evidence),
    ],
    causes: [
      {
        id: 'large-token',
        when: ({ error }) =>
          / rejects .* as too large /.test(error?.message ?? '') ? 'certain' : undefined,
        cause: 'the ingress in front of the server does not allow so large a token',
        check: 'the message names the size; compare it with the groups in the token',
        fix: ({ hint }) => hint,
      },
      {
        id: 'issuer-path',
        when: ({ answer }) => (answer?.status === 404 ? 'likely' : undefined),
        cause:
          'the URL is not that of the issuer: extra path or slash, or the host of another service',
        check: ({ dexUrl }) =>
          `\`curl -q -sS ${shellWord(`${dexUrl.replace(/\/$/, '')}/.well-known/openid-configuration`)} | jq .issuer\` does not print the URL; Dex answers 404 to a double slash (//token)`,
        fix: 'set --dex-url to the issuer, https://HOST/; a cluster administrator sees the host with `d8 k -n d8-user-authn get ingress dex`',
      },
      {
        id: 'https',
        when: (evidence) => (hasCode(evidence, ['server_redirect']) ? 'likely' : undefined),
        cause: 'the server redirects from http to https, or to a login page',
        check: 'the message names the target',
        fix: 'set the URL to the target; dexchange follows no redirects, which would send secrets to another server',
      },
      {
        id: 'http-port',
        when: ({ answer, exchange }) =>
          // The response of Go's servers to http on a TLS port.
          answer?.status === 400 && exchange?.dexUrl.startsWith('http:') ? 'likely' : 'possible',
        cause:
          'the scheme or port is wrong: the URL has http but the port requires https, or the reverse',
        check: ({ host }) => `\`curl -q -sSi https://${host}/\` answers`,
        fix: 'correct scheme and port in the URL',
      },
      {
        id: 'in-between',
        when: () => 'possible',
        cause: 'a proxy, gateway or login page responds instead of the server',
        check: 'the response is HTML, or has an unexpected Server header',
        fix: 'add the host to NO_PROXY, or configure the gateway to forward /token',
      },
    ],
  },
  {
    id: 'server-busy',
    heading: 'a server is busy or has no backend',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'the response is 429, 502, 503 or 504',
    codes: ['server_busy'],
    causes: [
      {
        id: 'restart',
        when: () => 'likely',
        cause: 'the server is restarting or overloaded, or the ingress has no backend for it',
        check: '`d8 k -n d8-user-authn get pods` shows the pods of Dex',
        fix: ({ hint }) => hint,
      },
    ],
  },
];
