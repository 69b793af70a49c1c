import { describe, expect, test } from 'vitest';
import { readySecret } from '../../../src/deferred-secret.ts';
import type { Surroundings } from '../../../src/identity/ambient-system.ts';
import { type ExplicitToken, selectIdentity } from '../../../src/identity/select.ts';
import { namedAmbient, onlyAmbient } from '../../../src/identity/select-ambient.ts';
import { Secret } from '../../../src/secret.ts';
import { failure } from '../support/failure.ts';
import { surroundings } from '../support/surroundings.ts';

const variables = {
  github: {
    GITHUB_ACTIONS: 'true',
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://run.example.com/?x=1',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'job-credential',
  },
  gitlab: { GITLAB_CI: 'true', GITLAB_OIDC_TOKEN: 'g.l.t' },
  circleci: { CIRCLECI: 'true', CIRCLE_OIDC_TOKEN_V2: 'c.c.t' },
  buildkite: {
    BUILDKITE: 'true',
    BUILDKITE_AGENT_ACCESS_TOKEN: 'agent-credential',
    BUILDKITE_JOB_ID: 'job',
  },
  'azure-pipelines': {
    TF_BUILD: 'True',
    SYSTEM_OIDCREQUESTURI: 'https://dev.azure.com/oidctoken',
    SYSTEM_ACCESSTOKEN: 'system-credential',
  },
  bitbucket: { BITBUCKET_BUILD_NUMBER: '7', BITBUCKET_STEP_OIDC_TOKEN: 'b.b.t' },
  google: { GCE_METADATA_HOST: 'metadata.google.internal' },
  kubernetes: { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
  'terraform-cloud': { TFC_RUN_ID: 'run-1', TFC_WORKLOAD_IDENTITY_TOKEN: 't.f.c' },
} as const;

const withFile = (path: string) => readySecret(`file ${path}`, new Secret('k.8.s'));
const all: Partial<Surroundings> = {
  azureServiceConnectionId: 'c0ffee',
  machine: () => ['machine', 'boot', 'host'],
  projectedToken: withFile,
};
const noFile = { ...all, projectedToken: () => undefined };

test.each(Object.entries(variables))('%s is found by its own variables', (name, env) => {
  expect(onlyAmbient(surroundings(env, name === 'kubernetes' ? all : noFile)).name).toBe(name);
});

describe.each(Object.entries(variables))('%s without one of its variables', (_name, env) => {
  const markers = [
    'GITHUB_ACTIONS',
    'GITLAB_CI',
    'CIRCLECI',
    'BUILDKITE',
    'TF_BUILD',
    'BITBUCKET_BUILD_NUMBER',
    'TFC_RUN_ID',
  ];
  const needed = Object.keys(env).filter((variable) => !markers.includes(variable));
  test.each(needed)('%s offers nothing', (variable) => {
    for (const value of [undefined, '']) {
      const without = surroundings({ ...env, [variable]: value }, noFile);
      expect(failure(() => onlyAmbient(without))).toMatchObject({ code: 'identity_none' });
    }
    const there = Object.keys(env).some((each) => markers.includes(each));
    if (there) {
      const said = failure(() => onlyAmbient(surroundings({ ...env, [variable]: '' }, noFile)));
      expect(said.message).toContain(`${variable} `);
      expect(said.hint).toBeTruthy();
    }
  });
});

describe('a system that is there and gave no token is named with what to enable', () => {
  test.each([
    [
      'GitHub Actions',
      { GITHUB_ACTIONS: 'true' },
      'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set',
      'permissions: { id-token: write, contents: read }',
    ],
    [
      'GitHub Actions',
      { GITHUB_ACTIONS: 'true', FORGEJO_ACTIONS: 'true' },
      'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set',
      'enable-openid-connect: true',
    ],
    [
      'GitLab CI',
      { GITLAB_CI: 'true' },
      'GITLAB_OIDC_TOKEN is not set',
      'id_tokens: { GITLAB_OIDC_TOKEN: { aud: "https://dex.example.com/" } }',
    ],
    ['CircleCI', { CIRCLECI: 'true' }, 'CIRCLE_OIDC_TOKEN_V2 is not set', 'forks'],
    [
      'Buildkite',
      { BUILDKITE: 'true', BUILDKITE_JOB_ID: 'job' },
      'BUILDKITE_AGENT_ACCESS_TOKEN is not set',
      'buildkite-agent oidc request-token',
    ],
    [
      'Azure Pipelines',
      { TF_BUILD: 'True', SYSTEM_OIDCREQUESTURI: 'https://dev.azure.com/' },
      'SYSTEM_ACCESSTOKEN is not set',
      'env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }',
    ],
    [
      'Bitbucket Pipelines',
      { BITBUCKET_BUILD_NUMBER: '1' },
      'BITBUCKET_STEP_OIDC_TOKEN is not set',
      'oidc: { audiences: [ "https://dex.example.com/" ] }',
    ],
    [
      'HCP Terraform',
      { TFC_RUN_ID: 'run-1' },
      'TFC_WORKLOAD_IDENTITY_TOKEN is not set',
      'TFC_WORKLOAD_IDENTITY_AUDIENCE to "https://dex.example.com/"',
    ],
  ])('%s', (title, env, lacking, remedy) => {
    const said = failure(() => onlyAmbient(surroundings(env)));
    expect(said).toMatchObject({ code: 'identity_none', exitCode: 3 });
    expect(said.message).toMatch(new RegExp(`^this is ${title} \\(`));
    expect(said.message).toContain(lacking);
    expect(said.hint).toContain(remedy);
  });

  test('Azure Pipelines without a service connection', () => {
    const said = failure(() => onlyAmbient(surroundings(variables['azure-pipelines'])));
    expect(said.message).toContain('--azure-service-connection-id is not set');
  });
});

describe('not exactly one', () => {
  test('of two that offer a token both are listed', () => {
    const env = { ...variables.github, ...variables.buildkite };
    expect(failure(() => onlyAmbient(surroundings(env)))).toEqual({
      code: 'identity_ambiguous',
      message:
        'several systems offer an identity token: github (ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN) and buildkite (BUILDKITE_AGENT_ACCESS_TOKEN, BUILDKITE_JOB_ID)',
      hint: 'choose one: --identity github or --identity buildkite',
      exitCode: 3,
    });
  });

  test.each([
    ['github in a GitLab job', { ...variables.github, GITHUB_ACTIONS: '', GITLAB_CI: 'true' }],
    ['google in a GitLab job', { ...variables.google, GITLAB_CI: 'true' }],
    ['gitlab in a GitHub job', { ...variables.gitlab, GITLAB_CI: '', GITHUB_ACTIONS: 'true' }],
    ['a pod’s in a GitLab job', { ...variables.kubernetes, GITLAB_CI: 'true' }],
  ])('a foreign variable does not switch the identity: %s', (_what, env) => {
    const said = failure(() => onlyAmbient(surroundings(env, all)));
    expect(said).toMatchObject({ code: 'identity_ambiguous', exitCode: 3 });
    expect(said.message).toMatch(/ offers an identity token, but this is Git\w+ \w+ \(/);
    expect(said.hint).toMatch(/; or --identity \w+ if that is who is meant$/);
  });

  test('a marker that says false is none', () => {
    const env = { ...variables.gitlab, GITHUB_ACTIONS: 'false' };
    expect(onlyAmbient(surroundings(env)).name).toBe('gitlab');
  });

  test('of nothing at all says what was looked for, and what was found of it', () => {
    const env = { BUILDKITE_JOB_ID: 'job' };
    const said = failure(() => onlyAmbient(surroundings(env)));
    expect(said.code).toBe('identity_none');
    for (const name of Object.keys(variables)) expect(said.message).toContain(` ${name} (`);
    expect(said.message).toMatch(/; of these BUILDKITE_JOB_ID is set$/);
  });

  test('a pod is looked at for its token only within Kubernetes', () => {
    expect(failure(() => onlyAmbient(surroundings({}))).code).toBe('identity_none');
    expect(() => onlyAmbient(surroundings(variables.kubernetes))).toThrow(/was read/);
  });
});

describe('by name', () => {
  test.each(Object.entries(variables))('%s is taken among all the others', (name) => {
    const env = Object.assign({}, ...Object.values(variables));
    expect(namedAmbient(name, surroundings(env, all)).name).toBe(name);
  });

  test('google needs no variable', () => {
    expect(namedAmbient('google', surroundings({}, all)).origin).toBe(
      "Google's metadata server at metadata.google.internal",
    );
  });

  test('kubernetes says what to mount', () => {
    expect(failure(() => namedAmbient('kubernetes', surroundings({}, noFile)))).toMatchObject({
      code: 'identity_unavailable',
      message: 'identity kubernetes: file /var/run/secrets/dexchange/token does not exist',
      hint: expect.stringContaining(
        'serviceAccountToken: { path: token, audience: "https://dex.example.com/" }',
      ),
    });
  });

  test.each([
    ['gitlab', 'env', {}],
    ['kubernetes', 'file', {}],
  ] as const)('%s reads the place that the settings name (%s)', async (name, kind, env) => {
    const explicit: ExplicitToken = {
      kind,
      named: true,
      read: () => readySecret('the named place', new Secret('n.a.m')),
    };
    const source = selectIdentity({
      wanted: name,
      explicit,
      clientCredentials: undefined,
      explicitIsWeaker: false,
      surroundings: surroundings(env),
    });
    expect(source).toMatchObject({ name, origin: 'the named place' });
    expect((await source.obtain()).reveal()).toBe('n.a.m');
  });
});

test('a token in a variable of one’s own is told of as the CI system’s', () => {
  const explicit: ExplicitToken = {
    kind: 'env',
    named: true,
    read: () => readySecret('variable MY_TOKEN', new Secret('a.b.c')),
  };
  const within = (env: Surroundings['env']) =>
    selectIdentity({
      wanted: 'auto',
      explicit,
      clientCredentials: undefined,
      explicitIsWeaker: false,
      surroundings: surroundings(env),
    }).whenExpired;
  expect(within({ GITLAB_CI: 'true' })).toContain('cannot be renewed within the job');
  expect(within({})).toContain('--subject-token-file');
});
