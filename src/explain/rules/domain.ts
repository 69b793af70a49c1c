/**
 * Whether the hosts of two URLs have names in different domains, as Dex and the API of one cluster in
 * Deckhouse do not (publicDomainTemplate). False if a host is an address or a single name, which tells
 * nothing.
 */
export function differInDomain(one: unknown, other: unknown): boolean {
  const [first, second] = [domainOf(one), domainOf(other)];
  return first !== undefined && second !== undefined && first !== second;
}

function domainOf(url: unknown): string | undefined {
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
  return /^[^.]+\.(.+\.[a-z]\w*)$/.exec(new URL(url).hostname)?.[1];
}
