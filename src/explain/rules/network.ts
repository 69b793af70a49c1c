import { type Evidence, hasCode } from '../evidence.ts';
import type { Rule } from './rule.ts';

const unknownIssuer =
  /^(UNABLE_TO_GET_ISSUER_CERT|UNABLE_TO_VERIFY_LEAF|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED)/;

function tls(evidence: Evidence, reason: RegExp): boolean {
  return hasCode(evidence, ['server_tls']) && reason.test(evidence.reason ?? '');
}

const knownTls = /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID|ERR_TLS_CERT_ALTNAME_INVALID)$/;

function proxyLine({ proxy }: Evidence): readonly (string | undefined)[] {
  return [proxy === undefined ? undefined : `the way goes through the proxy ${proxy}`];
}

/** Dex, the IdP or the API server cannot be reached, or somebody else answers. */
export const networkRules: readonly Rule[] = [
  {
    id: 'tls-unknown-ca',
    severity: 'failed',
    title: ({ host }) => `the certificate of ${host} is signed by a CA that is not trusted here`,
    symptom:
      'curl: (60) SSL certificate problem; kubectl: x509: certificate signed by unknown authority',
    codes: ['server_tls'],
    applies: (evidence) => tls(evidence, unknownIssuer),
    evidence: proxyLine,
    causes: [
      {
        id: 'proxy',
        when: ({ proxy }) => (proxy === undefined ? undefined : 'likely'),
        cause: 'the proxy opens TLS and signs with a CA of its own',
        check: "the issuer that the message names is the proxy's or the company's",
        fix: 'pass that CA with --certificate-authority, or name the host in NO_PROXY',
      },
      {
        id: 'private-ca',
        when: () => 'likely',
        cause: "the cluster's certificates are of a private CA",
        check: 'the issuer that the message names is the one of the cluster',
        fix: ({ server }) =>
          `Dex: --certificate-authority FILE with d8 k -n d8-user-authn get secret kubernetes-api-ca-key-pair; the API server (${server}): certificate-authority-data of the kubeconfig`,
      },
      {
        id: 'stranger',
        cause: 'another server answers',
        check: ({ host }) => `openssl s_client -connect ${host} -showcerts </dev/null`,
        fix: 'correct the host, or DNS',
      },
    ],
  },
  {
    id: 'tls-wrong-name',
    severity: 'failed',
    title: ({ host }) => `the certificate of ${host} is for another name`,
    symptom: 'curl: (60) SSL: no alternative certificate subject name matches',
    codes: ['server_tls'],
    applies: (evidence) => tls(evidence, /ALTNAME_INVALID/),
    evidence: proxyLine,
    causes: [
      {
        id: 'other-name',
        when: () => 'likely',
        cause: 'the server is reached by a name or address that its certificate does not have',
        check: 'the message names those that it has',
        fix: 'use one of them: d8 k -n d8-user-authn get ingress shows the hosts',
      },
      {
        id: 'default-backend',
        cause: 'the ingress answers with its default certificate: it has no such host',
        check:
          'the certificate is for ingress.local or Kubernetes Ingress Controller Fake Certificate',
        fix: 'correct the host; for the API, enable publishAPI in user-authn',
      },
    ],
  },
  {
    id: 'tls-expired',
    severity: 'failed',
    title: ({ host }) => `the certificate of ${host} is not valid at this time`,
    symptom: 'curl: (60) SSL certificate problem: certificate has expired',
    codes: ['server_tls'],
    applies: (evidence) => tls(evidence, /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/),
    causes: [
      {
        id: 'expired',
        when: ({ reason }) => (reason === 'CERT_HAS_EXPIRED' ? 'likely' : undefined),
        cause: 'it was not renewed',
        check:
          'the message says when it ended; d8 k get certificate -A shows what cert-manager makes of it',
        fix: 'renew it',
      },
      {
        id: 'clock',
        when: ({ reason }) => (reason === 'CERT_NOT_YET_VALID' ? 'likely' : 'possible'),
        cause: 'the clock of this machine is wrong',
        check: 'date -u',
        fix: 'set it by NTP',
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
      hasCode(evidence, ['server_tls']) &&
      !unknownIssuer.test(evidence.reason ?? '') &&
      !knownTls.test(evidence.reason ?? ''),
    evidence: proxyLine,
    causes: [
      {
        id: 'no-tls',
        when: ({ reason }) =>
          /WRONG_VERSION_NUMBER|PACKET_LENGTH/.test(reason ?? '') ? 'likely' : 'possible',
        cause: 'the port speaks plain http',
        check: ({ host }) => `curl -q -sS http://${host}/ answers`,
        fix: 'correct the port',
      },
      {
        id: 'client-certificate',
        when: ({ reason }) => (/ALERT/.test(reason ?? '') ? 'likely' : undefined),
        cause: 'the server wants a client certificate',
        check: 'the handshake ends with an alert',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'proxy',
    heading: 'a proxy is in the way',
    severity: 'failed',
    title: ({ message }) => `a proxy is in the way: ${message}`,
    symptom: 'HTTPS_PROXY is set, and requests fail that work from elsewhere',
    codes: ['proxy_failed'],
    evidence: proxyLine,
    causes: [
      {
        id: 'should-be-direct',
        when: () => 'likely',
        cause: ({ host }) => `${host} is to be reached directly, but the proxy variables cover it`,
        check: ({ host }) => `curl -q -sS --noproxy '*' https://${host}/ answers`,
        fix: ({ host }) => `name ${host.replace(/:\d+$/, '')} in NO_PROXY`,
      },
      {
        id: 'proxy-wrong',
        when: () => 'likely',
        cause: 'the proxy is down, mistyped, or wants a user and password',
        check: 'the message names the variable and what the proxy answered',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'unreachable',
    heading: 'a server cannot be reached, or does not answer in time',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: 'no connection, or no answer in time',
    codes: ['server_unreachable', 'server_timeout'],
    evidence: proxyLine,
    causes: [
      {
        id: 'name',
        when: ({ reason }) =>
          /^(ENOTFOUND|EAI_AGAIN)$/.test(reason ?? '') ? 'certain' : undefined,
        cause: ({ host }) => `the name of ${host} does not resolve here`,
        check: ({ host }) => `getent hosts ${host.replace(/:\d+$/, '')}`,
        fix: ({ hint }) => hint,
      },
      {
        id: 'proxy',
        when: ({ proxy }) => (proxy === undefined ? undefined : 'likely'),
        cause: 'the proxy cannot reach it, or should not be asked',
        check: ({ host }) => `curl -q -sS --noproxy '*' https://${host}/ answers`,
        fix: ({ host }) => `name ${host.replace(/:\d+$/, '')} in NO_PROXY`,
      },
      {
        id: 'wrong-port',
        when: ({ reason }) => (reason === 'ECONNREFUSED' ? 'likely' : undefined),
        cause: 'nothing listens there: wrong host or port, or the server is down',
        check: ({ host }) => `curl -q -sS https://${host}/`,
        fix: ({ hint }) => hint,
      },
      {
        id: 'firewall',
        when: ({ reason }) => (reason === 'ECONNREFUSED' ? 'possible' : 'likely'),
        cause: 'a firewall or the network is in the way: the runner has no route to the cluster',
        check:
          'the attempts in the report stop at connecting, from the runner but not from your machine',
        fix: 'open the way for the runner, or name a proxy in HTTPS_PROXY',
      },
      {
        id: 'slow',
        when: (evidence) => (hasCode(evidence, ['server_timeout']) ? 'possible' : undefined),
        cause: 'the server is slow: Dex waits for its IdP',
        check: 'first byte in the timing of the step',
        fix: ({ hint }) => hint,
      },
    ],
  },
  {
    id: 'wrong-server',
    heading: 'something else answers',
    severity: 'failed',
    title: ({ message }) => message,
    symptom:
      'something answers, but not Dex, the IdP or the API server: 404, a web page, a redirect',
    codes: ['server_nonsense', 'server_redirect', 'server_too_large'],
    evidence: (evidence) => [
      evidence.answer && `the answer was ${evidence.answer.status}`,
      ...proxyLine(evidence),
    ],
    causes: [
      {
        id: 'issuer-path',
        when: ({ answer }) => (answer?.status === 404 ? 'likely' : undefined),
        cause: 'the URL is not the issuer: a path or slash too many, or the host of something else',
        check: ({ dexUrl }) =>
          `curl -q -sS ${dexUrl.replace(/\/$/, '')}/.well-known/openid-configuration | jq .issuer; doubled slashes (//token) are 404 at Dex`,
        fix: 'set --dex-url to that issuer: https://HOST/ of d8 k -n d8-user-authn get ingress dex',
      },
      {
        id: 'https',
        when: (evidence) => (hasCode(evidence, ['server_redirect']) ? 'likely' : undefined),
        cause: 'the server sends callers elsewhere: from http to https, or to a login page',
        check: 'the message names the target',
        fix: 'use that URL itself; a redirect is not followed, as secrets would be too',
      },
      {
        id: 'http-port',
        when: ({ answer, exchange }) =>
          // What Go answers to http on a TLS port.
          answer?.status === 400 && exchange?.dexUrl.startsWith('http:') ? 'likely' : 'possible',
        cause: 'the port is another one: it may want https where http is written, or the reverse',
        check: ({ host }) => `curl -q -sSi https://${host}/`,
        fix: 'correct scheme and port',
      },
      {
        id: 'in-between',
        when: () => 'possible',
        cause: 'a proxy, gateway or login page answers in its place',
        check: 'the answer is HTML, or its Server header is not the expected one',
        fix: 'name the host in NO_PROXY, or let the gateway pass /token',
      },
    ],
  },
  {
    id: 'server-busy',
    heading: 'a server is busy or has no backend',
    severity: 'failed',
    title: ({ message }) => message,
    symptom: '429, 502, 503 or 504',
    codes: ['server_busy'],
    causes: [
      {
        id: 'restart',
        when: () => 'likely',
        cause: 'the server restarts or is overloaded, or the ingress has no backend for it',
        check: 'd8 k -n d8-user-authn get pods',
        fix: ({ hint }) => hint,
      },
    ],
  },
];
