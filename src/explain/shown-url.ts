import { sanitize } from '../sanitize.ts';
import { reportTextLimit } from './uncut.ts';

/** A URL fit to be shown: user part and query, which may hold secrets, are left out. */
export function displayUrl(text: string): string {
  if (!URL.canParse(text))
    return sanitize(text.replace(/\/\/[^/@]*@/, '//…@'), { maxChars: reportTextLimit });
  const url = new URL(text);
  const user = url.username !== '' || url.password !== '' ? '…@' : '';
  const query = url.search === '' ? '' : '?…';
  // As written, so that a missing slash at the end of an issuer can be seen.
  const path = url.pathname === '/' && !/^[^:]+:\/\/[^/?#]+\//.test(text) ? '' : url.pathname;
  return sanitize(`${url.protocol}//${user}${url.host}${path}${query}`, {
    maxChars: reportTextLimit,
  });
}
