import { Secret } from '../secret.ts';
import type { AmbientSystem } from './ambient-system.ts';
import { expanded, mintedSource } from './minted-source.ts';

const urlVariable = 'SYSTEM_OIDCREQUESTURI';
const tokenVariable = 'SYSTEM_ACCESSTOKEN';

const remedy =
  'add to the step: env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }, name a workload identity federation service connection by --azure-service-connection-id, and authorize the pipeline to use it';

/**
 * Azure Pipelines: the identity is that of a service connection. The audience is fixed by Azure, so
 * it is not asked for.
 */
export const azurePipelines: AmbientSystem = {
  name: 'azure-pipelines',
  title: 'Azure Pipelines',
  variables: [urlVariable, tokenVariable],
  marker: 'TF_BUILD',
  asks: `POST $${urlVariable}?api-version=7.1&serviceConnectionId=…`,
  life: '10 minutes',
  renewable: true,
  documentation:
    'https://learn.microsoft.com/en-us/rest/api/azure/devops/distributedtask/oidctoken/create',
  tokenType: 'id_token',
  alsoLacks: ({ azureServiceConnectionId }) =>
    azureServiceConnectionId === undefined ? '--azure-service-connection-id' : undefined,
  remedy: () => remedy,
  open(surroundings) {
    const { env, azureServiceConnectionId: connection = '' } = surroundings;
    const url = expanded(env, urlVariable).replace(/\/+$/, '');
    const token = expanded(env, tokenVariable);
    return mintedSource(
      azurePipelines,
      [url, connection, token],
      {
        title: 'Azure Pipelines',
        method: 'POST',
        url: `${url}?api-version=7.1&serviceConnectionId=${encodeURIComponent(connection)}`,
        headers: [
          ['accept', 'application/json'],
          ['content-type', 'application/json'],
          ['authorization', new Secret(`Bearer ${token}`)],
          // Else a refused credential is answered with the way to a sign-in page.
          ['x-tfs-fedauthredirect', 'Suppress'],
        ],
        field: 'oidcToken',
        remedy,
      },
      surroundings,
    );
  },
};
