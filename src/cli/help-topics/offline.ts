import { type HelpTopic, lines, paragraph, table } from './help-topic.ts';

export const offline: HelpTopic = {
  name: 'offline',
  summary: 'what works without a network, and which servers dexchange needs',
  parts: [
    paragraph(`dexchange is one file and needs no internet access: it sends no telemetry, does not check for
updates, and contains its help and the explanations of all errors.`),
    table('Servers that it calls', [
      ['Dex', 'the address in --dex-url, for an exchange'],
      ['the IdP', 'the addresses in --idp-issuer-url or --idp-token-url, if they are set'],
      ['the CI system', 'the address in the variables of the job, if the job requests its token'],
      ['the API server', 'for whoami, discover, doctor and ServiceAccount tokens'],
    ]),
    paragraph(`dexchange uses the proxies in HTTPS_PROXY and NO_PROXY. For a private CA, set
--dex-certificate-authority. If Dex does not respond, a cached credential is used until it expires.`),
    lines(
      'Commands that need no network',
      `dexchange help topics
dexchange help dex_client_refused
dexchange decode --token-env GITLAB_OIDC_TOKEN
dexchange cache list
dexchange manifests token-exchange --provider gitlab \\
  --idp-issuer-url https://gitlab.example.com \\
  --group my-group --access-level Admin
dexchange kubeconfig token-exchange --server https://api.example.com \\
  --dex-url https://dex.example.com/ --connector-id gitlab \\
  --client-id dex-client-ci-token-exchange@d8-user-authn
`,
    ),
  ],
};
