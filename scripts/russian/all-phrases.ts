import { apiPhrases } from './phrases/api.ts';
import { configurationPhrases } from './phrases/configuration.ts';
import { dexClientPhrases } from './phrases/dex-client.ts';
import { dexTokenPhrases } from './phrases/dex-token.ts';
import { identityPhrases } from './phrases/identity.ts';
import { networkPhrases } from './phrases/network.ts';
import { startPhrases } from './phrases/start.ts';
import { symptomsPhrases } from './phrases/symptoms.ts';
import { titlesPhrases } from './phrases/titles.ts';
import type { Phrases } from './translate-page.ts';

/** The files with the Russian of docs/troubleshooting.md, in the order of that page. */
export const phraseFiles: readonly Phrases[] = [
  titlesPhrases,
  symptomsPhrases,
  startPhrases,
  configurationPhrases,
  identityPhrases,
  networkPhrases,
  dexClientPhrases,
  dexTokenPhrases,
  apiPhrases,
];
