import { describe, expect, test } from 'vitest';
import type { Surroundings } from '../../../src/identity/ambient-system.ts';
import { projectedTokenPath } from '../../../src/identity/kubernetes.ts';
import { type ExplicitToken, selectIdentity } from '../../../src/identity/select.ts';
import {
  ambientAvailability,
  ambientSourceNamed,
  ambientSystems,
  detectedAmbientSource,
} from '../../../src/identity/select-ambient.ts';
import { readySecret, Secret } from '../../../src/secret.ts';
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
  semaphore: { SEMAPHORE: 'true', SEMAPHORE_OIDC_TOKEN: 's.e.m' },
  spacelift: { TF_VAR_spacelift_run_id: '01JKZAHVAQ', SPACELIFT_OIDC_TOKEN: 's.p.a' },
  codefresh: {
    CF_BUILD_ID: '64f447c02199f903000',
    CF_OIDC_REQUEST_URL: 'https://g.codefresh.io/api/oidc/token',
    CF_OIDC_REQUEST_TOKEN: 'build-credential',
  },
  env0: { ENV0_ENVIRONMENT_ID: '9c3ca3cf', ENV0_OIDC_TOKEN: 'e.n.v' },
  vela: {
    VELA: 'true',
    VELA_ID_TOKEN_REQUEST_URL: 'https://vela.example.com/api/v1/repos/o/r/builds/1/id_token',
    VELA_ID_TOKEN_REQUEST_TOKEN: 'step-credential',
  },
} as const;

const markers = ambientSystems.flatMap(({ ciMarkerVariable = [] }) => ciMarkerVariable);

const withFile = (path: string) => readySecret(`file ${path}`, new Secret('k.8.s'));
const all: Partial<Surroundings> = {
  azureServiceConnectionId: 'c0ffee',
  machine: () => ['machine', 'boot', 'host'],
  fileToken: withFile,
};
const noFile = { ...all, fileToken: () => undefined };

test.each(Object.entries(variables))('%s is detected by its own variables', (name, env) => {
  expect(detectedAmbientSource(surroundings(env, name === 'kubernetes' ? all : noFile)).name).toBe(
    name,
  );
});

describe.each(Object.entries(variables))('%s without one of its variables', (_name, env) => {
  const needed = Object.keys(env).filter((variable) => !markers.includes(variable));
  test.each(needed)('%s offers nothing', (variable) => {
    for (const value of [undefined, '']) {
      const without = surroundings({ ...env, [variable]: value }, noFile);
      expect(failure(() => detectedAmbientSource(without))).toMatchObject({
        code: 'identity_none',
      });
    }
    const hasMarker = Object.keys(env).some((each) => markers.includes(each));
    if (hasMarker) {
      const { message, hint } = failure(() =>
        detectedAmbientSource(surroundings({ ...env, [variable]: '' }, noFile)),
      );
      expect(message).toContain(`${variable} `);
      expect(hint).toBeTruthy();
    }
  });
});

describe('in a job without a token, the error names the system and what to enable', () => {
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
    [
      'Semaphore',
      { SEMAPHORE: 'true' },
      'SEMAPHORE_OIDC_TOKEN is not set',
      'plan with OpenID Connect',
    ],
    [
      'Codefresh',
      { CF_BUILD_ID: '1', CF_OIDC_REQUEST_URL: 'https://g.codefresh.io/' },
      'CF_OIDC_REQUEST_TOKEN is not set',
      'freestyle step',
    ],
    [
      'env zero',
      { ENV0_ENVIRONMENT_ID: '1' },
      'ENV0_OIDC_TOKEN is not set',
      'Enable OIDC during deployments',
    ],
    [
      'Vela',
      { VELA: 'true' },
      'VELA_ID_TOKEN_REQUEST_URL and VELA_ID_TOKEN_REQUEST_TOKEN are not set',
      'id_request: write',
    ],
  ])('%s', (title, env, missing, remedy) => {
    const { message, ...error } = failure(() => detectedAmbientSource(surroundings(env)));
    expect(error).toMatchObject({ code: 'identity_none', exitCode: 3 });
    expect(message).toContain(`${title} (`);
    expect(message).toContain(missing);
    expect(error.hint).toContain(remedy);
  });

  test('Spacelift, which looks for its file too', () => {
    const env = { TF_VAR_spacelift_run_id: '1' };
    const error = failure(() => detectedAmbientSource(surroundings(env, noFile)));
    expect(error).toMatchObject({
      code: 'identity_none',
      message: expect.stringContaining('SPACELIFT_OIDC_TOKEN is not set'),
      hint: expect.stringContaining('/mnt/workspace/spacelift.oidc'),
    });
  });

  test('Azure Pipelines without a service connection', () => {
    const error = failure(() => detectedAmbientSource(surroundings(variables['azure-pipelines'])));
    expect(error.message).toContain('--azure-service-connection-id is not set');
  });
});

describe('auto fails', () => {
  test('if two systems offer a token, and lists both', () => {
    const env = { ...variables.github, ...variables.buildkite };
    expect(failure(() => detectedAmbientSource(surroundings(env)))).toEqual({
      code: 'identity_ambiguous',
      message: expect.stringContaining(
        'github (ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN) and buildkite (BUILDKITE_AGENT_ACCESS_TOKEN, BUILDKITE_JOB_ID)',
      ),
      hint: expect.stringContaining('--identity github or --identity buildkite'),
      exitCode: 3,
    });
  });

  test.each([
    ['github', 'GitLab CI', { ...variables.github, GITHUB_ACTIONS: '', GITLAB_CI: 'true' }],
    ['google', 'GitLab CI', { ...variables.google, GITLAB_CI: 'true' }],
    ['gitlab', 'GitHub Actions', { ...variables.gitlab, GITLAB_CI: '', GITHUB_ACTIONS: 'true' }],
    ['kubernetes', 'GitLab CI', { ...variables.kubernetes, GITLAB_CI: 'true' }],
  ])('if only %s offers a token, but the job runs in %s', (name, title, env) => {
    const { message, ...error } = failure(() => detectedAmbientSource(surroundings(env, all)));
    expect(error).toMatchObject({ code: 'identity_ambiguous', exitCode: 3 });
    expect(message).toMatch(new RegExp(`^${name} \\(.* ${title} \\(`));
    expect(error.hint).toMatch(new RegExp(`--identity ${name}$`));
  });

  test('to detect a system whose marker variable is false', () => {
    const env = { ...variables.gitlab, GITHUB_ACTIONS: 'false' };
    expect(detectedAmbientSource(surroundings(env)).name).toBe('gitlab');
  });

  test('if no system offers a token, and names all systems and the variables that are set', () => {
    const env = { BUILDKITE_JOB_ID: 'job' };
    const { code, message } = failure(() => detectedAmbientSource(surroundings(env)));
    expect(code).toBe('identity_none');
    for (const name of Object.keys(variables)) expect(message).toContain(` ${name} (`);
    expect(message).toMatch(/; [^;]* BUILDKITE_JOB_ID is set$/);
  });

  test.each([
    ['own machine', {}, true],
    ['CI system without tokens', { CI: 'true' }, false],
    ['system whose variables are incomplete', { BUILDKITE_JOB_ID: 'job' }, false],
  ])('on the %s, which decides whether the hint is for people', (_where, env, isForPeople) => {
    const { hint } = failure(() => detectedAmbientSource(surroundings(env)));
    const start = isForPeople
      ? 'use your own kubeconfig on your own machine: this credential is for CI jobs; in a job, set --subject-token-env, '
      : 'set --subject-token-env, ';
    expect(hint?.startsWith(start)).toBe(true);
  });

  test('without reading the token file of a pod outside Kubernetes', () => {
    expect(failure(() => detectedAmbientSource(surroundings({}))).code).toBe('identity_none');
    expect(() => detectedAmbientSource(surroundings(variables.kubernetes))).toThrow(/was read/);
  });
});

describe('with variables of two systems, auto never makes a wrong choice', () => {
  type Name = keyof typeof variables;
  const names = Object.keys(variables) as Name[];
  const systemNamed = (name: Name) => ambientSystems.find((system) => system.name === name);
  const isMarkerOf = (name: Name, variable: string) =>
    systemNamed(name)?.ciMarkerVariable === variable;

  test('of all systems that there are', () => {
    expect([...names].sort()).toEqual(ambientSystems.map(({ name }) => name).sort());
  });

  /** Every selection of entries: each of them present or not. */
  function subsets(env: Readonly<Record<string, string>>): Readonly<Record<string, string>>[] {
    const found: Readonly<Record<string, string>>[] = [{}];
    for (const [variable, value] of Object.entries(env)) {
      found.push(...found.map((each) => ({ ...each, [variable]: value })));
    }
    return found;
  }

  const inPod = {
    ...all,
    fileToken: (path: string) => (path === projectedTokenPath ? withFile(path) : undefined),
  };
  const around = (name: Name, other: Name) =>
    [name, other].includes('kubernetes') ? inPod : noFile;

  test.each(names)('%s and any other', (name) => {
    let checked = 0;
    for (const other of names.filter((each) => each !== name)) {
      for (const part of subsets(variables[other])) {
        checked += 1;
        const env = { ...variables[name], ...part };
        const select = () => detectedAmbientSource(surroundings(env, around(name, other)));
        const needed = Object.keys(variables[other]).filter((each) => !isMarkerOf(other, each));
        const offers = needed.every((variable) => variable in part);
        const isMarked = Object.keys(part).some((variable) => isMarkerOf(other, variable));
        if (!offers && !isMarked) {
          expect(select().name).toBe(name);
          continue;
        }
        const { code, message, hint } = failure(select);
        expect(code).toBe('identity_ambiguous');
        expect(message).toContain(`${name} (`);
        expect(message).toContain(`${offers ? other : systemNamed(other)?.title} (`);
        expect(hint).toContain(`--identity ${name}`);
      }
    }
    expect(checked).toBeGreaterThan(2 * (names.length - 1));
  });

  test('all of them', () => {
    const env = Object.assign({}, ...Object.values(variables));
    const { code, message } = failure(() => detectedAmbientSource(surroundings(env, all)));
    expect(code).toBe('identity_ambiguous');
    for (const name of names) expect(message).toContain(`${name} (`);
  });
});

describe('the file of Spacelift', () => {
  const file = '/mnt/workspace/spacelift.oidc';
  const run = { TF_VAR_spacelift_run_id: '1' };
  const onlyThere = {
    fileToken: (path: string) => (path === file ? withFile(path) : undefined),
  };

  test.each([
    ['auto in a run', () => detectedAmbientSource(surroundings(run, onlyThere))],
    ['its name', () => ambientSourceNamed('spacelift', surroundings({}, onlyThere))],
  ])('has the token if the variable is not set, with %s', async (_what, select) => {
    const source = select();
    expect(source).toMatchObject({ name: 'spacelift', origin: `file ${file}` });
    expect(source.keyInputs).toEqual(['spacelift', 'k.8.s']);
    expect((await source.obtain()).reveal()).toBe('k.8.s');
  });

  test('is named if another system offers a token too', () => {
    const env = { ...run, GITLAB_OIDC_TOKEN: 'g.l.t' };
    expect(failure(() => detectedAmbientSource(surroundings(env, onlyThere)))).toMatchObject({
      code: 'identity_ambiguous',
      message: expect.stringContaining(`gitlab (GITLAB_OIDC_TOKEN) and spacelift (file ${file})`),
    });
  });

  test('is the reason in a report', () => {
    const found = ambientAvailability(surroundings(run, onlyThere));
    expect(found.find(({ name }) => name === 'spacelift')).toMatchObject({
      available: true,
      why: `file ${file} exists`,
    });
  });

  test('is not looked at outside of a run, or if the variable is set', () => {
    expect(failure(() => detectedAmbientSource(surroundings({}))).code).toBe('identity_none');
    expect(detectedAmbientSource(surroundings(variables.spacelift)).origin).toBe(
      'variable SPACELIFT_OIDC_TOKEN',
    );
  });
});

describe('a system selected by name', () => {
  test.each(Object.entries(variables))(
    '%s is selected although all others offer a token too',
    (name) => {
      const env = Object.assign({}, ...Object.values(variables));
      expect(ambientSourceNamed(name, surroundings(env, all)).name).toBe(name);
    },
  );

  test('google requires no variable', () => {
    expect(ambientSourceNamed('google', surroundings({}, all)).origin).toBe(
      "Google's metadata server at metadata.google.internal",
    );
  });

  test('kubernetes without its token file names the volume to mount', () => {
    expect(failure(() => ambientSourceNamed('kubernetes', surroundings({}, noFile)))).toMatchObject(
      {
        code: 'identity_unavailable',
        message: expect.stringContaining('file /var/run/secrets/dexchange/token does not exist'),
        hint: expect.stringContaining(
          'serviceAccountToken: { path: token, audience: "https://dex.example.com/" }',
        ),
      },
    );
  });

  test.each([
    ['gitlab', 'env', {}],
    ['kubernetes', 'file', {}],
  ] as const)(
    '%s reads the token from a place that the settings name (%s)',
    async (name, kind, env) => {
      const explicit: ExplicitToken = {
        kind,
        named: true,
        read: () => readySecret('the named place', new Secret('n.a.m')),
      };
      const source = selectIdentity({
        wanted: name,
        explicit,
        clientCredentials: undefined,
        explicitIsOutranked: false,
        surroundings: surroundings(env),
      });
      expect(source).toMatchObject({ name, origin: 'the named place' });
      expect((await source.obtain()).reveal()).toBe('n.a.m');
    },
  );
});

test('the hint for an expired token in a variable is the one of the CI system', () => {
  const explicit: ExplicitToken = {
    kind: 'env',
    named: true,
    read: () => readySecret('variable MY_TOKEN', new Secret('a.b.c')),
  };
  const sourceIn = (env: Surroundings['env']) =>
    selectIdentity({
      wanted: 'auto',
      explicit,
      clientCredentials: undefined,
      explicitIsOutranked: false,
      surroundings: surroundings(env),
    });
  const { whenExpired, ifLonger } = sourceIn({ GITLAB_CI: 'true' });
  expect(whenExpired).toContain("GitLab does not renew a job's id_token");
  // For a job that has not failed, it is too late to call dexchange earlier.
  expect(ifLonger).toMatch(/^raise the job's timeout, /);
  expect(sourceIn({ CIRCLECI: 'true' }).ifLonger).toBeUndefined();
  expect(sourceIn({}).whenExpired).toContain('--subject-token-file');
  expect(sourceIn({}).ifLonger).toMatch(/^use --subject-token-file /);
});
