import { apiRules } from './api.ts';
import { apiIdentityRules } from './api-identity.ts';
import { configurationRules } from './configuration.ts';
import { dexAudienceRules } from './dex-audience.ts';
import { dexClientRules } from './dex-client.ts';
import { dexSubjectTokenRules } from './dex-subject-token.ts';
import { identityRules } from './identity.ts';
import { networkRules } from './network.ts';
import { permissionRules } from './permissions.ts';
import type { Rule } from './rule.ts';
import { tlsRules } from './tls.ts';

/** All rules, in the order of docs/troubleshooting.md. */
export const allRules: readonly Rule[] = [
  ...configurationRules,
  ...identityRules,
  ...tlsRules,
  ...networkRules,
  ...dexClientRules,
  ...dexSubjectTokenRules,
  ...dexAudienceRules,
  ...apiRules,
  ...apiIdentityRules,
  ...permissionRules,
];
