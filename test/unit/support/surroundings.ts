import type { Surroundings } from '../../../src/identity/ambient-system.ts';
import type { CiTokenRequest } from '../../../src/identity/ci-token-request.ts';
import { Secret } from '../../../src/secret.ts';

/** Surroundings with these variables, in which nobody may be asked and no file read unless said. */
export function surroundings(
  env: Surroundings['env'] = {},
  more: Partial<Surroundings> = {},
): Surroundings {
  return {
    env,
    audience: 'https://dex.example.com/',
    azureServiceConnectionId: undefined,
    fileToken: (path) => {
      throw new Error(`${path} was read`);
    },
    machine: () => {
      throw new Error('the machine was looked at');
    },
    requestToken: (request) => {
      throw new Error(`${request.title} was asked`);
    },
    requestAccount: (request) => {
      throw new Error(`${request.title} was asked`);
    },
    ...more,
  };
}

/** The request that a source makes when its token is wanted. */
export async function requestOf(
  open: (around: Surroundings) => { obtain(): Promise<Secret> },
  env: Surroundings['env'],
  more: Partial<Surroundings> = {},
): Promise<CiTokenRequest> {
  const requests: CiTokenRequest[] = [];
  const requestToken = (request: CiTokenRequest) => {
    requests.push(request);
    return Promise.resolve(new Secret('a.b.c'));
  };
  const requestAccount = async (request: CiTokenRequest) => ({
    token: await requestToken(request),
    id: 'account',
  });
  await open(surroundings(env, { ...more, requestToken, requestAccount })).obtain();
  const [request] = requests;
  if (request === undefined || requests.length !== 1) throw new Error('asked other than once');
  return request;
}
