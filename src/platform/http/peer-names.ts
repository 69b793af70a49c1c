import type { Peer } from '../../http/message.ts';
import { hostAndPort } from './url-rules.ts';

/** Names a peer in messages: `Dex at host:port`. */
export function peerAt(peer: Peer, url: URL): string {
  return `${peerNames[peer]} at ${hostAndPort(url)}`;
}

const peerNames: Readonly<Record<Peer, string>> = {
  dex: 'Dex',
  idp: 'the identity provider',
  ci: 'the CI system',
  kubernetes: 'the Kubernetes API',
};

/** Where a user corrects the URL of a peer; continues a sentence. */
export const settingOfUrl: Readonly<Record<Peer, string>> = {
  dex: 'in --dex-url',
  idp: 'in --idp-issuer-url or --idp-token-url',
  ci: 'in the variables of the CI system',
  kubernetes: 'in the server of the cluster entry',
};

const passAuthority = 'pass the CA that signed it with --dex-certificate-authority FILE';

/** What to do if a peer's certificate is signed by an unknown CA. */
export const authorityHints: Readonly<Record<Peer, string>> = {
  dex: passAuthority,
  idp: passAuthority,
  ci: passAuthority,
  kubernetes:
    'set certificate-authority-data of the cluster entry in the kubeconfig to the CA that signed it',
};
