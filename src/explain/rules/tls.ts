import { classifyTlsError, type TlsProblem } from '../../http/tls-error.ts';
import { type Evidence, hasCode } from '../evidence.ts';
import { proxyLine, type Rule } from './rule.ts';

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

/** Problems in trusting Dex, the IdP or the API server. */
export const tlsRules: readonly Rule[] = [
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
        cause: ({ untrusted }) => untrusted,
        check:
          'the message names the issuer of the certificate; if the cluster uses the Gateway API, the CA of Dex is in the secret httproute-tls',
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
        fix: 'use a name of the certificate; a cluster administrator sees the hosts with `d8 k get ingress -A`, or with `d8 k get httproute -A` if the cluster uses the Gateway API',
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
        fix: 'synchronize the clock of this machine with NTP',
      },
    ],
  },
  {
    id: 'tls-failed',
    heading: 'the TLS handshake fails',
    severity: 'failed',
    title: ({ message }) => message,
    symptom:
      'curl: (35) and the reason of the TLS library; kubectl: http: server gave HTTP response to HTTPS client, or remote error: tls: …',
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
];
