/**
 * The URL of a path below an issuer. Issuers with and without a trailing slash give the same URL:
 * DKP's has one, and Dex returns 404 for `//token`.
 */
export function endpointUrl(issuer: string, path: string): string {
  const url = new URL(issuer);
  let end = url.pathname.length;
  while (url.pathname[end - 1] === '/') end -= 1;
  url.pathname = `${url.pathname.slice(0, end)}/${path}`;
  url.search = '';
  url.hash = '';
  return url.href;
}
