/** A request, the proxy variables, and the proxy that is used. */
export interface ProxyCase {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** `direct`, `refused`, or the proxy as `scheme://host:port`, after `user password ` if given. */
  readonly expected: string;
  /** What Go does instead, and why dexchange differs. */
  readonly go?: { readonly outcome: string; readonly why: string };
}

const https = 'https://dex.example.com/token';
const http = 'http://dex.example.com/token';
const a = 'http://a.example:3128';
const b = 'http://b.example:3128';

const ignored = 'Go connects directly if it cannot parse the variable';
const prefixed = 'Go puts http:// before what it cannot parse, and connects to the host http';
const notMeant = 'Go ignores what follows host and port';

function bypass(url: string, noProxy: string, direct: boolean, go?: ProxyCase['go']): ProxyCase {
  const env = { HTTPS_PROXY: a, HTTP_PROXY: a, NO_PROXY: noProxy };
  return { url, env, expected: direct ? 'direct' : a, ...(go === undefined ? {} : { go }) };
}

function value(text: string, expected: string, go?: ProxyCase['go']): ProxyCase {
  return { url: https, env: { HTTPS_PROXY: text }, expected, ...(go === undefined ? {} : { go }) };
}

/** Cases for comparing dexchange with Go's golang.org/x/net/http/httpproxy. */
export const proxyCases: readonly ProxyCase[] = [
  { url: https, env: {}, expected: 'direct' },
  { url: https, env: { HTTPS_PROXY: a, https_proxy: b }, expected: a },
  { url: https, env: { HTTPS_PROXY: '', https_proxy: b }, expected: b },
  { url: https, env: { https_proxy: b }, expected: b },
  { url: https, env: { HTTP_PROXY: a, http_proxy: b }, expected: 'direct' },
  { url: http, env: { HTTP_PROXY: a, http_proxy: b }, expected: a },
  { url: http, env: { http_proxy: b }, expected: b },
  { url: http, env: { HTTPS_PROXY: a }, expected: 'direct' },
  { url: https, env: { ALL_PROXY: a, all_proxy: b }, expected: 'direct' },
  { url: http, env: { ALL_PROXY: a }, expected: 'direct' },
  { url: http, env: { HTTP_PROXY: a, REQUEST_METHOD: 'GET' }, expected: 'refused' },
  { url: http, env: { http_proxy: a, REQUEST_METHOD: 'POST' }, expected: 'refused' },
  { url: http, env: { HTTP_PROXY: a, REQUEST_METHOD: '' }, expected: a },
  { url: https, env: { HTTPS_PROXY: a, REQUEST_METHOD: 'GET' }, expected: a },
  { url: https, env: { HTTPS_PROXY: a, no_proxy: '*' }, expected: 'direct' },
  { url: https, env: { HTTPS_PROXY: a, no_proxy: '*', NO_PROXY: 'x.org' }, expected: a },
  { url: https, env: { HTTPS_PROXY: a, no_proxy: 'x.org', NO_PROXY: '*' }, expected: 'direct' },

  value('a.example:3128', a),
  value('a.example', 'http://a.example'),
  value('10.0.0.1:3128', 'http://10.0.0.1:3128'),
  value('[fd00::1]:3128', 'http://[fd00::1]:3128'),
  value('https://a.example:3129', 'https://a.example:3129'),
  value('http://a.example:3128/', a),
  value('socks5://a.example:1080', 'socks5://a.example:1080'),
  value('http://us%40er:p%23a%2Fss@a.example:3128', `us@er p#a/ss ${a}`),
  value('http://user:p%C3%A9@a.example:3128', `user pé ${a}`),
  value('http://user@a.example:3128', `user  ${a}`),
  value('http://user:p@ss@a.example:3128', `user p@ss ${a}`),
  value('user:pass@a.example:3128', `user pass ${a}`),
  value('http://us+er:p+s@a.example:3128', `us+er p+s ${a}`),
  value('http://jdoe:1234#Secret@a.example:3128', 'refused', {
    outcome: 'http://jdoe:1234',
    why: notMeant,
  }),
  value('http://jdoe:12/Secret@a.example:3128', 'refused', {
    outcome: 'http://jdoe:12',
    why: notMeant,
  }),
  value('http://jdoe:12?Secret@a.example:3128', 'refused', {
    outcome: 'http://jdoe:12',
    why: notMeant,
  }),
  value('http://a.example:3128/path', 'refused', { outcome: a, why: notMeant }),
  value('http://a.example/proxy.pac', 'refused', { outcome: 'http://a.example', why: notMeant }),
  value('http://user:100%@a.example:3128', `user 100% ${a}`, { outcome: 'direct', why: ignored }),
  value('http://a.exa mple:3128', 'refused', { outcome: 'http://http:', why: prefixed }),
  value('http://a.example:port', 'refused', { outcome: 'http://http:', why: prefixed }),
  value('socks4://a.example:1080', 'refused', {
    outcome: 'socks4://a.example:1080',
    why: 'net/http would speak HTTP to it',
  }),
  value('ftp://a.example:21', 'refused', {
    outcome: 'ftp://a.example:21',
    why: 'net/http would speak HTTP to it',
  }),

  bypass(https, 'dex.example.com', true),
  bypass(https, 'DEX.Example.COM', true),
  bypass(https, 'example.com', true),
  bypass('https://example.com/', 'example.com', true),
  bypass(https, '.example.com', true),
  bypass('https://example.com/', '.example.com', false),
  bypass(https, '*.example.com', true),
  bypass('https://example.com/', '*.example.com', false),
  bypass('https://badexample.com/', 'example.com', false),
  bypass(https, 'com', true),
  bypass(https, '*', true),
  bypass(https, 'x.org,*', true),
  bypass(https, ' x.org , dex.example.com ', true),
  bypass(https, 'x.org dex.example.com', true, {
    outcome: a,
    why: 'curl and others separate by spaces too, and no host contains one',
  }),
  bypass(https, ',,', false),
  bypass(https, 'dex.example.com:443', true),
  bypass(https, 'dex.example.com:8443', false),
  bypass(http, 'dex.example.com:80', true),
  bypass('https://dex.example.com:8443/', 'example.com:8443', true),
  bypass('https://10.1.2.3/', '10.1.2.3', true),
  bypass('https://10.1.2.3/', '10.0.0.0/8', true),
  bypass('https://11.1.2.3/', '10.0.0.0/8', false),
  bypass('https://10.1.2.3/', '10.0.0.0/33', false),
  bypass('https://10.1.2.3/', '2.3', false),
  bypass('https://10.1.2.3:8443/', '10.1.2.3:8443', true),
  bypass('https://10.1.2.3/', '10.1.2.3:8443', false),
  bypass('https://[fd00::5]/', 'fd00::5', true),
  bypass('https://[fd00::5]/', '[fd00::5]:443', true),
  bypass('https://[fd00::5]/', '[fd00::5]:8443', false),
  bypass('https://[fd00::5]/', 'fd00::/8', true),
  bypass('https://[fe00::5]/', 'fd00::/8', false),
  bypass('https://[::ffff:10.1.2.3]/', '10.0.0.0/8', true),
  bypass(https, '0.0.0.0/0', false),
  bypass('https://localhost/', 'x.org', true),
  bypass('https://127.0.0.9/', 'x.org', true),
  bypass('https://[::1]/', 'x.org', true),
  bypass('http://169.254.169.254/', 'x.org', true, {
    outcome: a,
    why: 'only the machine itself reaches its metadata server',
  }),
];
