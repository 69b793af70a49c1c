import { audiences, type JwtClaims } from '../jwt.ts';
import { publicIssuer } from '../kubernetes/manifests/public-issuer.ts';
import { projectGroup } from './lost-groups.ts';
import { apiAudience } from './steps/dex-token-step.ts';

/**
 * Whether a token is one to exchange at Dex rather than one of Dex: of a CI system or of Keycloak, or for
 * the URL of a server, and not for the API server. An audience of Dex is a client id.
 */
export function isIdentityToken(claims: JwtClaims): boolean {
  const list = audiences(claims);
  if (list.includes(apiAudience)) return false;
  const { iss, sub } = claims;
  // The API server issues these tokens itself.
  if (typeof sub === 'string' && sub.startsWith('system:serviceaccount:')) return false;
  if (claims['pipeline_source'] !== undefined || projectGroup(claims) !== undefined) return true;
  const isOfIdp =
    typeof iss === 'string' &&
    URL.canParse(iss) &&
    (publicIssuer(iss) !== undefined || iss.includes('/realms/'));
  return isOfIdp || list.some((audience) => /^https?:\/\//.test(audience));
}
