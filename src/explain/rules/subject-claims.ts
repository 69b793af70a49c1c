import type { DecodedJwt } from '../../jwt.ts';
import { isOfWorkflow, textClaim } from '../evidence.ts';
import type { Likelihood } from './rule.ts';

/** Names of connectors that tell whose tokens they are for. */
const vendors = [
  ...['gitlab', 'github', 'forgejo', 'keycloak', 'okta', 'google', 'buildkite'],
  ...['semaphore', 'spacelift', 'codefresh', 'env0'],
];

/** Claims that only one vendor's tokens have, whose servers can have any name. */
const ownClaims: readonly (readonly [claim: string, vendor: string])[] = [
  ['pipeline_source', 'gitlab'],
  ['job_workflow_ref', 'github'],
  ['ppl_id', 'semaphore'],
  ['callerType', 'spacelift'],
];

/** Whether the name of a connector names a vendor other than that of the token. */
export function isForOther(connector: string, jwt: DecodedJwt | undefined): boolean {
  const issuer = textClaim(jwt, 'iss') ?? '';
  const own = [
    issuer.toLowerCase(),
    ...ownClaims.flatMap(([claim, vendor]) => (jwt?.claims[claim] === undefined ? [] : vendor)),
    issuer.includes('/realms/') ? 'keycloak' : '',
    issuer.endsWith('/api/actions') ? 'forgejo' : '',
  ].join(' ');
  const named = vendors.find((vendor) => connector.toLowerCase().includes(vendor));
  return named !== undefined && !own.includes(named);
}

/** Claims that connectors use as email, the standard one first. */
export const emailClaims = ['email', 'user_email'];

/** Claims that connectors use as user name, the standard one first. */
export const nameClaims = ['name', 'user_login', 'preferred_username'];

/** `likely` if all the usual claims are missing, `possible` if only the standard one is missing. */
export function claimMissing(
  jwt: DecodedJwt | undefined,
  [standard = '', ...others]: readonly string[],
): Likelihood | undefined {
  // The claims of an opaque token are only available from userinfo.
  if (jwt === undefined) return undefined;
  if (textClaim(jwt, standard) !== undefined) return undefined;
  if (isOfWorkflow(jwt)) return 'possible';
  return others.some((name) => textClaim(jwt, name) !== undefined) ? 'possible' : 'likely';
}

/** Whether a token is of GitLab, GitHub or Forgejo, whose issuers have no userinfo for a job's token. */
export function isOfCi(jwt: DecodedJwt | undefined): boolean {
  return jwt?.claims['pipeline_source'] !== undefined || isOfWorkflow(jwt);
}
