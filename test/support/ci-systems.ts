import {
  type Answer,
  type RecordedRequest,
  type ServerBehaviour,
  startHttpServer,
} from './http-server.ts';

/** Signs an identity token for an audience; undefined if the system has a fixed audience. */
export type Mint = (audience: string | undefined) => Promise<string>;

/** A stand-in for a CI system or cloud that mints identity tokens for its jobs. */
export interface CiSystem {
  readonly name: string;
  /** The variables of one of its jobs. */
  readonly env: Readonly<Record<string, string>>;
  /** The variables of another job of the same system. */
  readonly otherJob: Readonly<Record<string, string>>;
  /** The secret among these variables. */
  readonly secret: string | undefined;
  readonly requests: readonly RecordedRequest[];
  readonly behaviour: ServerBehaviour;
  readonly close: () => Promise<void>;
}

type Start = (mint: Mint) => Promise<CiSystem>;

async function start(
  name: string,
  handler: (request: RecordedRequest) => Answer | Promise<Answer>,
  describe: (origin: string) => Pick<CiSystem, 'env' | 'otherJob' | 'secret'>,
): Promise<CiSystem> {
  const behaviour: ServerBehaviour = {};
  const server = await startHttpServer({}, behaviour, handler);
  return {
    name,
    ...describe(server.origin),
    requests: server.requests,
    behaviour,
    close: server.close,
  };
}

/** https://docs.github.com/en/actions/reference/security/oidc */
const startGithub: Start = (mint) =>
  start(
    'github',
    async (request) => {
      const run = /^\/_apis\/pipelines\/1\/runs\/(\d+)\/idtoken$/.exec(request.path)?.[1];
      if (run === undefined || request.method !== 'GET') return json(404, { message: 'no' });
      if (request.headers.authorization !== `Bearer github-credential-of-${run}`) {
        return json(401, { message: 'The authorization is not valid.' });
      }
      if (request.query.get('api-version') !== '2.0') return json(400, { message: 'no version' });
      return json(200, {
        count: 1,
        value: await mint(request.query.get('audience') ?? undefined),
      });
    },
    (origin) => {
      const job = (run: number) => ({
        GITHUB_ACTIONS: 'true',
        ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}/_apis/pipelines/1/runs/${run}/idtoken?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: `github-credential-of-${run}`,
      });
      return { env: job(1), otherJob: job(2), secret: 'github-credential-of-1' };
    },
  );

/** buildkite/agent, api/oidc.go and api/client.go; https://buildkite.com/docs/agent/cli/reference/oidc */
const startBuildkite: Start = (mint) =>
  start(
    'buildkite',
    async (request) => {
      if (request.headers.authorization !== 'Token buildkite-agent-credential') {
        return json(401, { message: 'Unauthorized' });
      }
      if (!/^\/v3\/jobs\/job-[12]\/oidc\/tokens$/.test(request.path) || request.method !== 'POST') {
        return json(404, { message: 'Not found' });
      }
      if (request.headers['content-type'] !== 'application/json') return json(415, {});
      if (request.headers['buildkite-shard'] !== 'blue') return json(421, { message: 'no shard' });
      const { audience } = JSON.parse(request.body) as { audience?: string };
      return json(200, { token: await mint(audience) });
    },
    (origin) => {
      const job = (id: number) => ({
        BUILDKITE: 'true',
        BUILDKITE_AGENT_ENDPOINT: `${origin}/v3`,
        BUILDKITE_AGENT_ACCESS_TOKEN: 'buildkite-agent-credential',
        BUILDKITE_JOB_ID: `job-${id}`,
        // The server told the agent to send this header with every request.
        BUILDKITE_REQUEST_HEADER_BUILDKITE_SHARD: 'blue',
      });
      return { env: job(1), otherJob: job(2), secret: 'buildkite-agent-credential' };
    },
  );

/** https://learn.microsoft.com/en-us/rest/api/azure/devops/distributedtask/oidctoken/create */
const startAzurePipelines: Start = (mint) =>
  start(
    'azure-pipelines',
    async (request) => {
      if (!/^\/scope\/jobs\/[12]\/oidctoken$/.test(request.path) || request.method !== 'POST') {
        return json(404, { message: 'no such job' });
      }
      if (request.headers.authorization !== 'Bearer system-access-token') {
        return request.headers['x-tfs-fedauthredirect'] === 'Suppress'
          ? json(401, { message: 'TF400813: The user is not authorized.' })
          : { status: 302, headers: { Location: 'https://login.example.com/' } };
      }
      if (request.query.get('api-version') !== '7.1') return json(400, { message: 'version' });
      if (request.query.get('serviceConnectionId') !== 'c0ffee00-0000-4000-8000-000000000000') {
        return json(404, { message: 'The service connection does not exist.' });
      }
      return json(200, { oidcToken: await mint(undefined) });
    },
    (origin) => {
      const job = (id: number) => ({
        TF_BUILD: 'True',
        SYSTEM_OIDCREQUESTURI: `${origin}/scope/jobs/${id}/oidctoken`,
        SYSTEM_ACCESSTOKEN: 'system-access-token',
        AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: 'c0ffee00-0000-4000-8000-000000000000',
      });
      return { env: job(1), otherJob: job(2), secret: 'system-access-token' };
    },
  );

/** https://codefresh.io/docs/docs/integrations/oidc-pipelines/; codefresh-io/steps, obtain-oidc-id-token */
const startCodefresh: Start = (mint) =>
  start(
    'codefresh',
    async (request) => {
      if (request.path !== '/api/oidc/id-token' || request.method !== 'GET') return json(404, {});
      // The credential is not a bearer token: it stands alone in the header.
      if (!/^codefresh-credential-of-[12]$/.test(request.headers.authorization ?? '')) {
        return json(401, { message: 'Unauthorized' });
      }
      const audience = request.query.get('audience') ?? 'https://g.codefresh.io';
      return json(200, { id_token: await mint(audience) });
    },
    (origin) => {
      const build = (id: number) => ({
        CF_BUILD_ID: `build-${id}`,
        CF_OIDC_REQUEST_URL: `${origin}/api/oidc/id-token`,
        CF_OIDC_REQUEST_TOKEN: `codefresh-credential-of-${id}`,
      });
      return { env: build(1), otherJob: build(2), secret: 'codefresh-credential-of-1' };
    },
  );

/** go-vela/server, api/build/id_token.go; https://go-vela.github.io/docs/usage/open_id_connect/ */
const startVela: Start = (mint) =>
  start(
    'vela',
    async (request) => {
      const path = /^\/api\/v1\/repos\/octo-org\/octo-repo\/builds\/(\d+)\/id_token$/;
      const build = path.exec(request.path)?.[1];
      if (build === undefined || request.method !== 'GET') return json(404, { error: 'no' });
      if (request.headers.authorization !== `Bearer vela-credential-of-${build}`) {
        return json(401, { error: 'invalid token: must provide a valid request ID token' });
      }
      const audience = request.query.get('audience') ?? '';
      if (audience === '') {
        return json(400, { error: 'unable to generate ID token: no audience provided' });
      }
      return json(200, { token: await mint(audience) });
    },
    (origin) => {
      const step = (build: number) => ({
        VELA: 'true',
        VELA_ID_TOKEN_REQUEST_URL: `${origin}/api/v1/repos/octo-org/octo-repo/builds/${build}/id_token`,
        VELA_ID_TOKEN_REQUEST_TOKEN: `vela-credential-of-${build}`,
      });
      return { env: step(1), otherJob: step(2), secret: 'vela-credential-of-1' };
    },
  );

/** https://cloud.google.com/compute/docs/instances/verifying-instance-identity */
const startGoogle: Start = (mint) =>
  start(
    'google',
    async (request) => {
      const headers = { 'Metadata-Flavor': 'Google', 'Content-Type': 'text/html' };
      if (request.headers['metadata-flavor'] !== 'Google') {
        return { status: 403, headers, body: '<html>Missing required header</html>' };
      }
      const path = '/computeMetadata/v1/instance/service-accounts/default/identity';
      if (request.path !== path || request.method !== 'GET') return { status: 404, headers };
      const audience = request.query.get('audience');
      if (audience === null || request.query.get('format') !== 'full') {
        return { status: 400, headers, body: 'non-empty audience parameter required' };
      }
      return { status: 200, headers, body: await mint(audience) };
    },
    (origin) => {
      const host = new URL(origin).host;
      return {
        env: { GCE_METADATA_HOST: host },
        otherJob: { GCE_METADATA_HOST: host.replace('127.0.0.1', 'localhost') },
        secret: undefined,
      };
    },
  );

/** The systems that mint identity tokens over HTTP, by their names for `--identity`. */
export const mintingSystems = {
  github: startGithub,
  buildkite: startBuildkite,
  'azure-pipelines': startAzurePipelines,
  codefresh: startCodefresh,
  vela: startVela,
  google: startGoogle,
} as const satisfies Record<string, Start>;

function json(status: number, value: unknown): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(value),
  };
}
