import { certificatesOnly } from '../pem.ts';
import {
  authnNamespace,
  type ClusterValue,
  secretLocation,
  type ValueLocation,
} from './cluster-value.ts';
import { field, text } from './object-fields.ts';
import { isPublicCa } from './public-ca.ts';

/** Takes the CA out of a text; undefined if it contains none that clients need. */
type PickCa = (pem: string) => string | undefined;

/**
 * The CA of the published API; missing if the certificate comes from a public CA. In mode SelfSigned
 * (the default of publishAPI) it is that of an Issuer; in mode Global it is beside the certificate,
 * like that of Dex.
 * @param publicRoots the public CAs, as PEM
 */
export function apiCa(publicRoots: readonly string[]): ClusterValue<string> {
  const pick = privateCas(publicRoots);
  return {
    title: 'the CA of the API',
    locations: [
      // The DKP guide *Access for CI/CD* reads ca.crt, but the templates of the module set tls.crt.
      ...inNamespaces(['kubernetes-api-ca-key-pair'], ['ca.crt', 'tls.crt'], pick),
      ...inNamespaces(
        [
          'kubernetes-tls-selfsigned',
          'kubernetes-tls',
          'kubernetes-tls-customcertificate',
          'kubernetes-httproute-tls',
        ],
        ['ca.crt'],
        pick,
      ),
    ],
    missing: 'the CA of the API is not in the cluster',
    ifMissing:
      'set --server-certificate-authority, unless the API has a certificate from a public CA',
    ifForbidden:
      'set --server-certificate-authority to the CA of the API, or --public-ca if a public CA issued its certificate; the secret also has a private key, so do not let more users read it',
  };
}

/**
 * The CA of the certificate that Dex has at its public address; missing if it comes from a public CA,
 * or if a load balancer in front of the cluster has it. The names are those that the module gives to
 * the Secrets of its ingress and HTTPRoute for certificates of cert-manager and of the administrator
 * (`https.mode`); cert-manager leaves ca.crt empty for a CA that it gets by ACME, such as Let's Encrypt.
 * @param publicRoots the public CAs, as PEM
 */
export function dexCa(publicRoots: readonly string[]): ClusterValue<string> {
  const pick = privateCas(publicRoots);
  return {
    title: 'the CA of Dex',
    locations: [
      customDexCa(pick),
      ...['ingress-tls', 'httproute-tls']
        .flatMap((name) => [name, `${name}-customcertificate`])
        .map((name) => secretLocation(authnNamespace, name, ['ca.crt'], pick)),
    ],
    missing: 'the CA of Dex is not in the cluster',
    ifMissing: 'set --dex-certificate-authority, unless Dex has a certificate from a public CA',
    ifForbidden:
      'set --dex-certificate-authority, unless a public CA issued the certificate of Dex; the secret also has a private key, so do not let more users read it',
  };
}

function inNamespaces(
  names: readonly string[],
  keys: readonly string[],
  pick: PickCa,
): readonly ValueLocation<string>[] {
  return names.flatMap((name) =>
    [authnNamespace, 'kube-system'].map((namespace) => secretLocation(namespace, name, keys, pick)),
  );
}

/** The CA that an administrator has configured for the API server's own requests to Dex. */
function customDexCa(pick: PickCa): ValueLocation<string> {
  return {
    name: 'moduleconfig user-authn',
    path: '/apis/deckhouse.io/v1alpha1/moduleconfigs/user-authn',
    permission: { verb: 'get', resource: 'moduleconfigs.deckhouse.io', name: 'user-authn' },
    pick(object) {
      const settings = field(object, 'spec', 'settings', 'controlPlaneConfigurator');
      if (field(settings, 'dexCAMode') !== 'Custom') return undefined;
      return pick(text(field(settings, 'dexCustomCA')) ?? '');
    },
  };
}

/** Only the certificates of a text: a key from the same place must not get into a kubeconfig. */
function privateCas(publicRoots: readonly string[]): PickCa {
  return (pem) => {
    const certificates = certificatesOnly(pem);
    return certificates === '' || isPublicCa(certificates, publicRoots) ? undefined : certificates;
  };
}
