/**
 * The URL of a path below an issuer, whether the issuer ends in a slash (DKP's does) or not: Dex
 * answers `//token` with 404.
 */
export function endpointUrl(issuer: string, path: string): string {
  const url = new URL(issuer);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  url.search = '';
  url.hash = '';
  return url.href;
}
