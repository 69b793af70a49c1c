import { ciClient } from './cli-suite.ts';

/**
 * A kubeconfig whose user is dexchange, with an identity token in CI_TOKEN.
 * @param cluster more fields of the cluster
 */
export function execKubeconfig(
  dexUrl: string,
  cluster: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://api.example.com', ...cluster } }],
    users: [
      {
        name: 'ci',
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1',
            command: 'dexchange',
            args: [
              'get-token',
              `--dex-url=${dexUrl}`,
              `--client-id=${ciClient.id}`,
              '--connector-id=gitlab',
              '--subject-token-env=CI_TOKEN',
            ],
            interactiveMode: 'Never',
          },
        },
      },
    ],
    contexts: [{ name: 'ci', context: { cluster: 'c', user: 'ci', namespace: 'shop' } }],
    'current-context': 'ci',
  });
}
