import { describe, expect, test } from 'vitest';
import { table } from '../../../src/config/table.ts';
import type { Surroundings } from '../../../src/identity/ambient-system.ts';
import { azurePipelines } from '../../../src/identity/azure-pipelines.ts';
import { buildkite } from '../../../src/identity/buildkite.ts';
import { google } from '../../../src/identity/google.ts';
import { kubernetes } from '../../../src/identity/kubernetes.ts';
import { codefresh, github, vela } from '../../../src/identity/request-url-systems.ts';
import { ambientSystems } from '../../../src/identity/select-ambient.ts';
import { readySecret, reveal, Secret } from '../../../src/secret.ts';
import { failure } from '../support/failure.ts';
import { requestOf, surroundings } from '../support/surroundings.ts';

const dex = 'https://dex.example.com/';

test('--identity accepts every system, and its help names each', () => {
  const others = ['auto', 'env', 'file', 'command', 'client-credentials'];
  const names = ambientSystems.map(({ name }) => name);
  expect([...others, ...names].sort()).toEqual(Object.keys(table.identity.choices).sort());
  for (const name of names) expect(table.identity.help).toContain(name);
});

test.each(ambientSystems.map((system) => [system.name, system] as const))(
  '%s has detection variables, a request, a token lifetime, documentation and a remedy',
  (_name, system) => {
    expect(system.variables.length + (system.detectVariable === undefined ? 0 : 1)).toBeGreaterThan(
      0,
    );
    expect(system.documentation).toMatch(/^https:\/\//);
    expect(system.requestSummary).not.toBe('');
    expect(system.tokenLifetime).not.toBe('');
    expect(system.tokenType).toBe('id_token');
    expect(system.remedy(surroundings())).not.toMatch(/\n|[.]$/);
  },
);

const inGitHub = {
  GITHUB_ACTIONS: 'true',
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://run.example.com/1//idtoken/2?api-version=2.0',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job-credential',
};
const inCodefresh = {
  CF_BUILD_ID: '64f447c02199f903000',
  CF_OIDC_REQUEST_URL: 'https://g.codefresh.io/api/oidc/token',
  CF_OIDC_REQUEST_TOKEN: 'build-credential',
};
const inVela = {
  VELA: 'true',
  VELA_ID_TOKEN_REQUEST_URL: 'https://vela.example.com/api/v1/repos/o/r/builds/1/id_token',
  VELA_ID_TOKEN_REQUEST_TOKEN: 'step-credential',
};
const inBuildkite = {
  BUILDKITE: 'true',
  BUILDKITE_AGENT_ACCESS_TOKEN: 'agent-credential',
  BUILDKITE_JOB_ID: '0184990a-477b-4fa8-9968-496074483cee',
};
const inAzure = {
  TF_BUILD: 'True',
  SYSTEM_OIDCREQUESTURI: 'https://dev.azure.com/org/scope/_apis/oidctoken',
  SYSTEM_ACCESSTOKEN: 'system-credential',
};
const connection = { azureServiceConnectionId: 'c0ffee' };
const machine = { machine: () => ['machine', 'boot', 'host'] };

describe('the request', () => {
  test('to GitHub adds the audience to the URL of the job', async () => {
    const request = await requestOf(github.open, inGitHub);
    expect(request).toMatchObject({
      title: 'GitHub Actions',
      method: 'GET',
      url: 'https://run.example.com/1//idtoken/2?api-version=2.0&audience=https%3A%2F%2Fdex.example.com%2F',
      field: 'value',
    });
    const [, authorization] = request.headers.find(([name]) => name === 'authorization') ?? [];
    expect(authorization).toBeInstanceOf(Secret);
    expect(reveal(authorization ?? '')).toBe('Bearer job-credential');
  });

  test('to GitHub starts a query if the URL has none', async () => {
    const env = { ...inGitHub, ACTIONS_ID_TOKEN_REQUEST_URL: 'https://run.example.com/idtoken' };
    expect((await requestOf(github.open, env)).url).toBe(
      'https://run.example.com/idtoken?audience=https%3A%2F%2Fdex.example.com%2F',
    );
  });

  test.each([
    ['FORGEJO_ACTIONS', 'Forgejo Actions', 'enable-openid-connect: true'],
    ['GITEA_ACTIONS', 'Gitea Actions', '--subject-token-env'],
  ])('names that system and its remedy if %s is set', async (ciMarkerVariable, title, remedy) => {
    const request = await requestOf(github.open, { ...inGitHub, [ciMarkerVariable]: 'true' });
    expect(request).toMatchObject({ title, remedy: expect.stringContaining(remedy) });
  });

  test.each([
    [
      'Codefresh has the bare credential',
      codefresh,
      inCodefresh,
      'build-credential',
      'https://g.codefresh.io/api/oidc/token?audience=https%3A%2F%2Fdex.example.com%2F',
      'id_token',
    ],
    [
      'Vela has a bearer token',
      vela,
      inVela,
      'Bearer step-credential',
      'https://vela.example.com/api/v1/repos/o/r/builds/1/id_token?audience=https%3A%2F%2Fdex.example.com%2F',
      'token',
    ],
  ])('to %s, and the audience', async (_what, system, env, credential, url, field) => {
    const request = await requestOf(system.open, env);
    expect(request).toMatchObject({ title: system.title, method: 'GET', url, field });
    const [, authorization] = request.headers.find(([name]) => name === 'authorization') ?? [];
    expect(authorization).toBeInstanceOf(Secret);
    expect(reveal(authorization ?? '')).toBe(credential);
  });

  test('to Buildkite names the job and posts the audience', async () => {
    const request = await requestOf(buildkite.open, inBuildkite);
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://agent.buildkite.com/v3/jobs/0184990a-477b-4fa8-9968-496074483cee/oidc/tokens',
      json: { audience: dex },
      field: 'token',
    });
    const env = { ...inBuildkite, BUILDKITE_AGENT_ENDPOINT: 'https://edge.example.com/v3/' };
    expect((await requestOf(buildkite.open, env)).url).toMatch(
      /^https:\/\/edge.example.com\/v3\/j/,
    );
  });

  test('to Buildkite has the claims that the pipeline wants, and no others by default', async () => {
    const env = {
      ...inBuildkite,
      BUILDKITE_OIDC_TOKEN_CLAIMS: 'organization_id, pipeline_id,',
      BUILDKITE_OIDC_TOKEN_SUBJECT_CLAIM: 'pipeline_id',
    };
    expect((await requestOf(buildkite.open, env)).json).toEqual({
      audience: dex,
      claims: ['organization_id', 'pipeline_id'],
      subject_claim: 'pipeline_id',
    });
    expect((await requestOf(buildkite.open, inBuildkite)).json).toEqual({ audience: dex });
  });

  test('to Buildkite has the headers that the server told the agent to send', async () => {
    const env = {
      ...inBuildkite,
      BUILDKITE_REQUEST_HEADER_BUILDKITE_SHARD: 'blue',
      BUILDKITE_REQUEST_HEADER_AUTHORIZATION: 'Token stolen',
      BUILDKITE_REQUEST_HEADER_BUILDKITE_EMPTY: '',
    };
    const { headers } = await requestOf(buildkite.open, env);
    expect(headers.map(([name, value]) => [name, reveal(value)])).toEqual([
      ['accept', 'application/json'],
      ['authorization', 'Token agent-credential'],
      ['buildkite-shard', 'blue'],
    ]);
  });

  test('to Azure names the service connection but no audience', async () => {
    const request = await requestOf(azurePipelines.open, inAzure, connection);
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://dev.azure.com/org/scope/_apis/oidctoken?api-version=7.1&serviceConnectionId=c0ffee',
      field: 'oidcToken',
    });
    expect(request.json).toBeUndefined();
    expect(request.headers).toContainEqual(['x-tfs-fedauthredirect', 'Suppress']);
  });

  test('to Google’s metadata server has the required header and no credential', async () => {
    const request = await requestOf(google.open, {}, machine);
    expect(request).toMatchObject({
      method: 'GET',
      url: 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=https%3A%2F%2Fdex.example.com%2F&format=full',
      headers: [['metadata-flavor', 'Google']],
      answerHeader: ['metadata-flavor', 'Google'],
    });
    const env = { GCE_METADATA_HOST: '169.254.169.254:80' };
    expect((await requestOf(google.open, env, machine)).url).toMatch(
      /^http:\/\/169\.254\.169\.254:80\/computeMetadata/,
    );
  });
});

describe('the cache key', () => {
  type Changes = readonly [what: string, env: Surroundings['env'], more: Partial<Surroundings>];
  const changes: Record<string, readonly Changes[]> = {
    github: [
      ['address', { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://run.example.com/other' }, {}],
      ['credential', { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another' }, {}],
      ['audience', {}, { audience: 'other' }],
    ],
    codefresh: [
      ['address', { CF_OIDC_REQUEST_URL: 'https://codefresh.example.com/oidc' }, {}],
      ['credential', { CF_OIDC_REQUEST_TOKEN: 'another' }, {}],
      ['audience', {}, { audience: 'other' }],
    ],
    vela: [
      ['address', { VELA_ID_TOKEN_REQUEST_URL: 'https://vela.example.com/other' }, {}],
      ['credential', { VELA_ID_TOKEN_REQUEST_TOKEN: 'another' }, {}],
      ['audience', {}, { audience: 'other' }],
    ],
    buildkite: [
      ['endpoint', { BUILDKITE_AGENT_ENDPOINT: 'https://edge.example.com/v3' }, {}],
      ['job of the same agent', { BUILDKITE_JOB_ID: 'another' }, {}],
      ['agent', { BUILDKITE_AGENT_ACCESS_TOKEN: 'another' }, {}],
      ['claims', { BUILDKITE_OIDC_TOKEN_CLAIMS: 'pipeline_id' }, {}],
      ['claim of the subject', { BUILDKITE_OIDC_TOKEN_SUBJECT_CLAIM: 'pipeline_id' }, {}],
      ['server', { BUILDKITE_REQUEST_HEADER_BUILDKITE_SHARD: 'blue' }, {}],
      ['audience', {}, { audience: 'other' }],
    ],
    'azure-pipelines': [
      ['address', { SYSTEM_OIDCREQUESTURI: 'https://dev.azure.com/other' }, {}],
      ['credential', { SYSTEM_ACCESSTOKEN: 'another' }, {}],
      ['service connection', {}, { azureServiceConnectionId: 'other' }],
    ],
    google: [
      ['server', { GCE_METADATA_HOST: '169.254.169.254' }, {}],
      ['audience', {}, { audience: 'other' }],
      ['machine', {}, { machine: () => ['other', 'boot', 'host'] }],
      ['boot', {}, { machine: () => ['machine', 'other', 'host'] }],
      ['host', {}, { machine: () => ['machine', 'boot', 'other'] }],
    ],
  };
  const systems = {
    github,
    codefresh,
    vela,
    buildkite,
    'azure-pipelines': azurePipelines,
    google,
  };
  const cases = Object.entries(changes).flatMap(([name, list]) =>
    list.map(([what, env, more]) => [name, what, env, more] as const),
  );

  test.each(cases)('of %s changes with the %s', (name, _what, env, more) => {
    const system = systems[name as keyof typeof systems];
    const base = { ...inGitHub, ...inCodefresh, ...inVela, ...inBuildkite, ...inAzure };
    const around = { ...connection, ...machine };
    const key = system.open(surroundings(base, around)).keyInputs;
    const same = system.open(surroundings({ ...base }, { ...around })).keyInputs;
    const other = system.open(surroundings({ ...base, ...env }, { ...around, ...more })).keyInputs;
    expect(same).toEqual(key);
    expect(other).not.toEqual(key);
  });

  test.each([
    ['gitlab', 'GITLAB_OIDC_TOKEN'],
    ['circleci', 'CIRCLE_OIDC_TOKEN_V2'],
    ['bitbucket', 'BITBUCKET_STEP_OIDC_TOKEN'],
    ['terraform-cloud', 'TFC_WORKLOAD_IDENTITY_TOKEN'],
    ['semaphore', 'SEMAPHORE_OIDC_TOKEN'],
    ['spacelift', 'SPACELIFT_OIDC_TOKEN'],
    ['env0', 'ENV0_OIDC_TOKEN'],
  ])('of %s is the exact token', async (name, variable) => {
    const system = ambientSystems.find((candidate) => candidate.name === name);
    const source = system?.open(surroundings({ [variable]: 'a.b.c' }));
    expect(source?.keyInputs).toEqual([name, 'a.b.c']);
    expect((await source?.obtain())?.reveal()).toBe('a.b.c');
    expect(source?.whenExpired).toContain('does not renew');
  });

  test('of kubernetes is the token in its file', async () => {
    const fileToken = (path: string) => readySecret(`file ${path}`, new Secret('a.b.c\n'));
    const source = kubernetes.open(surroundings({}, { fileToken }));
    expect(source.keyInputs).toEqual(['kubernetes', 'a.b.c\n']);
    expect(source.origin).toBe('file /var/run/secrets/dexchange/token');
    expect((await source.obtain()).reveal()).toBe('a.b.c');
  });

  test('of google has the account of the token that is then exchanged', async () => {
    let requests = 0;
    const requestAccount = async () => {
      requests += 1;
      return { token: new Secret('a.b.c'), id: '101' };
    };
    const source = google.open(surroundings({}, { ...machine, requestAccount }));
    expect(await source.account?.()).toBe('101');
    expect((await source.obtain()).reveal()).toBe('a.b.c');
    expect(requests).toBe(1);
  });

  test('is computed without a request', () => {
    const base = { ...inGitHub, ...inCodefresh, ...inVela, ...inBuildkite, ...inAzure };
    for (const system of Object.values(systems)) {
      expect(() => system.open(surroundings(base, { ...connection, ...machine }))).not.toThrow();
    }
  });
});

test.each([
  [github, inGitHub, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'],
  [codefresh, inCodefresh, 'CF_OIDC_REQUEST_TOKEN'],
  [vela, inVela, 'VELA_ID_TOKEN_REQUEST_URL'],
  [buildkite, inBuildkite, 'BUILDKITE_AGENT_ACCESS_TOKEN'],
  [azurePipelines, inAzure, 'SYSTEM_ACCESSTOKEN'],
])('the error names a variable that was left unexpanded: $2', (system, env, variable) => {
  const around = surroundings({ ...env, [variable]: 'pa$$(word' });
  expect(() => system.open(around)).not.toThrow();
  for (const text of [`$${variable}`, '$(System.AccessToken)', '[MASKED]']) {
    const literal = surroundings({ ...env, [variable]: text });
    expect(failure(() => system.open(literal))).toMatchObject({
      code: 'setting_not_expanded',
      message: expect.stringContaining(variable),
    });
  }
});
