/**
 * The URL of a path below an issuer, whether the issuer ends in a slash (DKP's does) or not: Dex
 * answers `//token` with 404.
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
