import { shellWord } from '../../shell-word.ts';
import { type Evidence, hasCode } from '../evidence.ts';
import { proxyLine, type Rule, seeDexHost } from './rule.ts';

/** A cause that is certain if the message of the error says so. */
function messageHas(words: RegExp) {
  return ({ error }: Evidence) => (words.test(error?.message ?? '') ? 'certain' : undefined);
}

/** Problems in reaching Dex, the IdP or the API server, apart from TLS. */
export const networkRules: readonly Rule[] = [
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
        id: 'login',
        when: messageHas(/ user name and password/),
        cause: 'the proxy requires a user name and password, or rejects those that it gets',
        check: 'the proxy answers 407 to `curl` too',
        fix: ({ hint }) => hint,
      },
      {
        id: 'denied',
        when: messageHas(/ denied the connection .*\((?!502|503|504|400)\d+\)/),
        cause: ({ host }) => `the proxy does not allow connections to ${host}`,
        check: 'the message has the response of the proxy, such as 403',
        fix: ({ host }) =>
          `ask the administrator of the proxy to allow ${host}, or, if this machine can reach it directly, add ${host.replace(/:\d+$/, '')} to the variable NO_PROXY`,
      },
      {
        id: 'down',
        when: messageHas(/ refused the connection| does not resolve| is still connecting/),
        cause: 'the proxy is down, or its address is wrong',
        check: 'the message names the proxy and the variable that sets it',
        fix: 'correct the variable that the message names, or unset it if this machine needs no proxy',
      },
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
        cause: 'the address in the variable is wrong, or the proxy does not work',
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
    symptom:
      'curl: (6), (7) or (28); kubectl: dial tcp: … connection refused, no such host or i/o timeout',
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
        when: messageHas(/ rejects .* as too large /),
        cause: 'the ingress in front of the server does not allow so large a token',
        check: 'the message names the size; compare it with the groups in the token',
        fix: ({ hint }) => hint,
      },
      {
        id: 'kubernetes-api',
        when: messageHas(/^the Kubernetes API at .* instead of /),
        cause: ({ dexUrl }) => `${dexUrl} is the address of the Kubernetes API, not of Dex`,
        check: 'the response is a Status object of the Kubernetes API',
        fix: `set --dex-url to the issuer of Dex, https://HOST/; ${seeDexHost}`,
      },
      {
        id: 'issuer-path',
        when: ({ answer }) => (answer?.status === 404 ? 'likely' : undefined),
        cause:
          'the URL is not that of the issuer: extra path or slash, or the host of another service',
        check: ({ dexUrl }) =>
          `\`curl -q -sS ${shellWord(`${dexUrl.replace(/\/$/, '')}/.well-known/openid-configuration`)} | jq .issuer\` does not print the URL; Dex answers 404 to a double slash (//token)`,
        fix: `set --dex-url to the issuer, https://HOST/; ${seeDexHost}`,
      },
      {
        id: 'https',
        when: (evidence) => (hasCode(evidence, ['server_redirect']) ? 'likely' : undefined),
        cause: 'the server redirects from http to https, or to a login page',
        check: 'the message names the target',
        fix: 'set the URL to the target; dexchange follows no redirects, which would send secrets to another server',
      },
      {
        id: 'http-to-https',
        when: messageHas(/ requires https on this port/),
        cause: 'the URL begins with http://, but the server requires https on this port',
        check: ({ host }) => `\`curl -q -sSi https://${host}/\` answers`,
        fix: ({ hint }) => hint,
      },
      {
        id: 'http-port',
        cause: 'the scheme or port in the URL is wrong',
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
