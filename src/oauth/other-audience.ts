import { quoteId } from '../sanitize.ts';
import type { TokenExchange } from './token-exchange.ts';

/** The audience of kube-apiserver in Deckhouse, which is the default. */
const usualAudience = 'kubernetes';

/**
 * How to get back to the usual audience: `remove DEXCHANGE_AUDIENCE (https://api), or set it to
 * kubernetes`; undefined if there is no other. An item of the scope is named as a whole.
 */
export function otherAudienceHint({
  audiences,
  audienceOrigin,
}: Pick<TokenExchange, 'audiences' | 'audienceOrigin'>): string | undefined {
  const others = audiences.filter((audience) => audience !== usualAudience);
  if (others.length === 0) return undefined;
  const named = others.map((audience) => quoteId(audience));
  if (/scope/i.test(audienceOrigin)) {
    const items = named.map((audience) => `audience:server:client_id:${audience}`);
    return `remove ${items.join(' and ')} from ${audienceOrigin}`;
  }
  return `remove ${audienceOrigin} (${named.join(', ')}), or set it to ${usualAudience}`;
}
