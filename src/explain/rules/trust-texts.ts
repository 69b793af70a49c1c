import { displayUrl } from '../display.ts';
import type { Evidence } from '../evidence.ts';

/** Why a certificate is not trusted, and what to do. */
export interface TrustTexts {
  readonly untrusted: string;
  readonly trustCa: string;
}

/** How to trust the CA of Dex, which is in the Secret of its ingress. */
export const trustDexCa =
  "ask a cluster administrator to run `d8 k -n d8-user-authn get secret ingress-tls -o jsonpath='{.data.ca\\.crt}' | base64 -d > ca.crt`, then set --dex-certificate-authority to that file";

/**
 * The texts for a server whose CA is unknown.
 * @param host of the server
 * @param isAtApi whether it is the API server
 */
export function trustTexts(
  { api, peer, settings }: Evidence,
  host: string,
  isAtApi: boolean,
): TrustTexts {
  if (isAtApi && api?.from !== '--server') {
    return {
      untrusted:
        'the cluster in the kubeconfig names another CA than the one that signed the certificate, or none',
      trustCa: `set certificate-authority-data of the cluster in the kubeconfig to the CA of ${displayUrl(api?.server ?? '')}`,
    };
  }
  const names = ['dex-certificate-authority', 'dex-certificate-authority-data'] as const;
  const given = names.find((name) => settings?.value(name) !== undefined);
  return {
    untrusted:
      given === undefined
        ? 'the certificate is signed by a private CA, which this machine does not trust'
        : `the CA in --${given} is not the one that signed the certificate`,
    trustCa:
      isAtApi || (peer !== undefined && peer !== 'dex')
        ? `save the CA of ${host} to a file, and set --dex-certificate-authority to it`
        : trustDexCa,
  };
}
