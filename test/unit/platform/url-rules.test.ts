import { expect, test } from 'vitest';
import { checkUrl, hostAndPort } from '../../../src/platform/http/url-rules.ts';

const strict = { allowHttp: false };

function codeOf(url: string, options = strict): string {
  try {
    checkUrl(url, 'dex-url', options);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test.each([
  ['https://dex.example.com', 'accepted'],
  ['https://dex.example.com/', 'accepted'],
  ['https://dex.example.com:8443/dex?x=1', 'accepted'],
  ['HTTPS://DEX.example.com', 'accepted'],
  ['https://10.0.0.1', 'accepted'],
  ['https://[fd00::1]:5556/', 'accepted'],
  // this machine
  ['http://127.0.0.1:5556/dex', 'accepted'],
  ['http://127.8.9.10/', 'accepted'],
  ['http://127.1/', 'accepted'],
  ['http://[::1]:5556/', 'accepted'],
  ['http://[::ffff:127.0.0.1]/', 'accepted'],
  ['http://localhost:5556/', 'accepted'],
  ['http://LOCALHOST./', 'accepted'],
  // what only looks like it
  ['http://localhost.example.com/', 'url_insecure'],
  ['http://foo.localhost/', 'url_insecure'],
  ['http://127.0.0.1.example.com/', 'url_insecure'],
  ['http://0.0.0.0/', 'url_insecure'],
  ['http://[::]/', 'url_insecure'],
  ['http://[::ffff:10.0.0.1]/', 'url_insecure'],
  ['http://dex.example.com/', 'url_insecure'],
  ['http://10.0.0.1/', 'url_insecure'],
  // Google's metadata server is for those who ask it for a CI token, see below
  ['http://metadata.google.internal/computeMetadata/v1/', 'url_insecure'],
  ['http://169.254.169.254/computeMetadata/v1/', 'url_insecure'],
  ['http://metadata.google.internal.example.com/', 'url_insecure'],
  ['http://169.254.1.1/', 'url_insecure'],
  // not for us
  ['', 'setting_invalid'],
  ['dex.example.com', 'setting_invalid'],
  ['dex.example.com:5556', 'setting_invalid'],
  ['localhost:5556', 'setting_invalid'],
  ['//dex.example.com', 'setting_invalid'],
  ['https://', 'setting_invalid'],
  ['https://[::1', 'setting_invalid'],
  ['https://dex.example.com:99999', 'setting_invalid'],
  ['ftp://dex.example.com', 'setting_invalid'],
  ['file:///etc/passwd', 'setting_invalid'],
  ['javascript:alert(1)', 'setting_invalid'],
  ['https://user@dex.example.com', 'setting_invalid'],
  ['https://:pass@dex.example.com', 'setting_invalid'],
  ['https://dex.example.com/#', 'setting_invalid'],
  ['https://dex.example.com/#x', 'setting_invalid'],
])('%s is %s', (url, expected) => {
  expect(codeOf(url)).toBe(expected);
});

test('plain http requires --allow-http', () => {
  expect(codeOf('http://dex.example.com/', { allowHttp: true })).toBe('accepted');
  expect(codeOf('ftp://dex.example.com/', { allowHttp: true })).toBe('setting_invalid');
});

test('messages name the setting and never repeat credentials', () => {
  expect(() => checkUrl('http://dex.example.com/t?k=s3cret', 'dex-url', strict)).toThrow(
    /^dex-url .*dex\.example\.com/,
  );
  for (const url of ['https://u:s3cret@dex.example.com', 's3cret', 'x://u:s3cret@h']) {
    expect(() => checkUrl(url, 'dex-url', strict)).toThrow(/^(?!.*s3cret)/);
  }
});

test.each([
  ['https://dex.example.com/', 'dex.example.com:443'],
  ['http://dex.example.com/', 'dex.example.com:80'],
  ['https://[::1]:5556/', '[::1]:5556'],
])('%s is displayed as %s', (url, shown) => {
  expect(hostAndPort(new URL(url))).toBe(shown);
});

test("Google's metadata server is allowed over plain http, for a CI token only", () => {
  const url = 'http://metadata.google.internal/computeMetadata/v1/';
  const check = (metadata: boolean) => checkUrl(url, 'x', { allowHttp: false, metadata });
  expect(check(true).href).toBe(url);
  expect(() => check(false)).toThrow(expect.objectContaining({ code: 'url_insecure' }));
  const other = 'http://dex.example.com/';
  expect(() => checkUrl(other, 'x', { allowHttp: false, metadata: true })).toThrow(
    expect.objectContaining({ code: 'url_insecure' }),
  );
});
