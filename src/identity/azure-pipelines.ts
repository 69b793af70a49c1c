import { Secret } from '../secret.ts';
import type { AmbientSystem } from './ambient-system.ts';
import { expandedVariable, mintedSource } from './minted-source.ts';

const urlVariable = 'SYSTEM_OIDCREQUESTURI';
const tokenVariable = 'SYSTEM_ACCESSTOKEN';

const remedy =
  'add to the step: env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }, set --azure-service-connection-id to the id of a workload identity federation service connection (the tasks AzureCLI, AzurePowerShell and DotNetCoreCLI set it), and authorize the pipeline to use that connection';

/**
 * Azure Pipelines, which issues the token of a service connection. Azure fixes the audience, so the
 * request does not name one.
 */
export const azurePipelines: AmbientSystem = {
  name: 'azure-pipelines',
  title: 'Azure Pipelines',
  variables: [urlVariable, tokenVariable],
  ciMarkerVariable: 'TF_BUILD',
  requestSummary: `POST $${urlVariable}?api-version=7.1&serviceConnectionId=…`,
  tokenLifetime: '10 minutes; with the Entra issuer up to 24 hours',
  renewable: true,
  documentation:
    'https://learn.microsoft.com/en-us/rest/api/azure/devops/distributedtask/oidctoken/create',
  tokenType: 'id_token',
  missingBesidesVariables: ({ azureServiceConnectionId }) =>
    azureServiceConnectionId === undefined ? '--azure-service-connection-id' : undefined,
  remedy: () => remedy,
  open(surroundings) {
    const { env, azureServiceConnectionId: connection = '' } = surroundings;
    const url = expandedVariable(env, urlVariable).replace(/\/+$/, '');
    const token = expandedVariable(env, tokenVariable);
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
          // Without this header, Azure answers an invalid credential with a redirect to a sign-in
          // page.
          ['x-tfs-fedauthredirect', 'Suppress'],
        ],
        field: 'oidcToken',
        remedy,
      },
      surroundings,
    );
  },
};
