import { parseAllDocuments } from 'yaml';

/** The flags of DexProviders. */
export const gitlab = ['--provider=gitlab', '--idp-issuer-url=https://gitlab.example.com'];
export const gitlabCom = ['--provider=gitlab', '--idp-issuer-url=https://gitlab.com'];
export const keycloak = ['--provider=keycloak', '--idp-issuer-url=https://idp/realms/ci'];

/** A resource that `manifests` prints. */
export interface Printed {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: {
    readonly oidc: Readonly<Record<string, unknown>>;
    readonly subjects: readonly unknown[];
  };
}

/** The resources in a YAML text. */
export function documentsIn(yaml: string): readonly Printed[] {
  return parseAllDocuments(yaml).map((document) => document.toJS());
}

/** Replaces the random values, which differ between two runs. */
export function withoutRandom(text: string): string {
  return text.replaceAll(/unused-[0-9a-f]{32}/g, 'unused-x');
}
