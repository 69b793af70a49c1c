import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { componentFile, withInstallScript } from '../../../scripts/ci-component.ts';
import { shellWord } from '../../../src/shell-word.ts';
import { ciClient, dexSuite } from '../../support/cli-suite.ts';
import { freshFolder, program } from '../../support/dexchange.ts';
import { type AfterSteps, runCompositeAction } from '../../support/github-steps.ts';
import { jobsOfComponent, runnerScript } from '../../support/gitlab-job.ts';
import { startHttpServer } from '../../support/http-server.ts';
import {
  archiveOf,
  checksumsOf,
  currentVersion,
  type ReleaseServer,
  sha256,
  startReleaseServer,
} from '../../support/release-server.ts';
import { type Ended, runToEnd } from '../../support/run-to-end.ts';
import { missingPrograms, type Shell, shells, toolFolder } from '../../support/shells.ts';

const root = resolve(import.meta.dirname, '../../..');
const component = readFileSync(componentFile, 'utf8');
const installScript = join(root, 'install.sh');
const suite = dexSuite();

let release: ReleaseServer;
let pin: string;
beforeAll(async () => {
  release = await startReleaseServer();
  const archive = archiveOf({ 'bin/dexchange': releasedProgram() });
  const name = `dexchange_${currentVersion}_linux_amd64.tar.gz`;
  const checksums = Buffer.from(checksumsOf(new Map([[name, archive]])));
  release.files.set(`/${currentVersion}/${name}`, archive);
  release.files.set(`/${currentVersion}/checksums.txt`, checksums);
  pin = sha256(checksums);
});
afterAll(() => release.close());

/** The binary, or a script that runs the sources, or a program that needs the libraries beside it. */
function releasedProgram(): Buffer | string {
  const [command, ...args] = program;
  const isAlone = process.env['DEXCHANGE_TEST_PROGRAM'] === undefined;
  if (args.length === 0 && isAlone) return readFileSync(command);
  // The sources have no version.
  const version = `if [ "$1" = version ]; then echo dexchange ${currentVersion}; exit; fi`;
  return `#!/bin/sh\n${version}\nexec ${program.map(shellWord).join(' ')} "$@"\n`;
}

test('the GitLab component contains install.sh (npm run docs)', () => {
  expect(withInstallScript(component, readFileSync(installScript, 'utf8'))).toBe(component);
});

test('the inputs of the component are checked', () => {
  const jobs = (inputs: Readonly<Record<string, string>>) => () =>
    jobsOfComponent(component, { 'dex-url': 'https://dex.example.com/', ...inputs });
  expect(Object.keys(jobs({})())).toEqual(['.dexchange']);
  expect(Object.keys(jobs({ job: 'deploy' })())).toEqual(['deploy']);
  expect(jobs({ version: '1.2.3; id' })).toThrow('version');
  expect(jobs({ checksum: 'abc' })).toThrow('checksum');
  expect(jobs({ checksum: `sha256:${pin}`, version: 'v1.2.3-rc.1' })).not.toThrow();
});

describe('docs/install.md', () => {
  const text = readFileSync(join(root, 'docs/install.md'), 'utf8');
  const block = (language: string, word: string): string =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\n([^\`]*)^\`\`\``, 'gm'))]
      .map(([, content = '']) => content)
      .find((content) => content.includes(word)) ?? '';
  const ofGitlab = block('yaml', 'include:');
  const ofGithub = block('yaml', 'uses:');

  test('its examples use inputs that exist', () => {
    expect(() => jobsOfComponent(component, parse(ofGitlab).include[0].inputs)).not.toThrow();
    const used = parse(ofGithub).steps[1].with;
    expect(Object.keys(parse(readFileSync(join(root, 'action.yml'), 'utf8')).inputs)).toEqual(
      expect.arrayContaining(Object.keys(used)),
    );
  });

  test('the Renovate manager finds version and checksum in the examples', () => {
    const [manager] = JSON.parse(block('json', 'customManagers')).customManagers;
    for (const example of [ofGitlab, ofGithub]) {
      const { groups } = new RegExp(manager.matchStrings[0]).exec(example) ?? {};
      expect(groups).toEqual({ currentValue: 'v0.1.0', currentDigest: expect.any(String) });
    }
    const [ofComponents, ofWorkflows] = manager.managerFilePatterns.map(
      (pattern: string) => new RegExp(pattern.slice(1, -1)),
    );
    expect('.gitlab-ci.yml').toMatch(ofComponents);
    expect('.github/workflows/deploy.yaml').toMatch(ofWorkflows);
  });
});

const missing = missingPrograms(['busybox', 'dash', 'bash', 'wget']);

// Alpine's shell, and in Debian that of a GitLab job and that of a step. Each installation of the
// binary takes a second, so with the binary there is only one of each kind.
const ofBinary = program.length === 1;
const [busybox, dash, bash] = shells;
const alpine = { image: 'Alpine', gitlab: busybox, github: busybox };
const debian = { image: 'Debian', gitlab: bash, github: dash };
const images = ofBinary ? [alpine] : [alpine, debian];

describe.skipIf(missing.length > 0).each(images)('in $image', ({ gitlab, github }) => {
  /** A project, and what both systems set. */
  function project(shell: Shell) {
    const folder = freshFolder();
    onTestFinished(folder.remove);
    const path = join(folder.path, 'project');
    mkdirSync(path);
    const env = {
      PATH: toolFolder(shell, folder.path),
      HOME: folder.path,
      DEXCHANGE_CLIENT_SECRET: ciClient.secret,
    };
    return { path, folder: folder.path, env };
  }

  const inputs = () => ({
    'download-url': release.url,
    checksum: pin,
    'dex-url': suite.dex.issuer,
  });

  function issuedFor(ended: Ended): unknown {
    const lines = ended.stdout.trim().split('\n');
    return decodeJwt(lines.at(-1) ?? '')['email'];
  }

  describe('the GitLab component', () => {
    async function runJob(
      more: Readonly<Record<string, string>>,
      script: readonly string[],
      prepare: (path: string) => void = () => undefined,
    ) {
      const { path, env } = project(gitlab);
      prepare(path);
      const jobs = jobsOfComponent(component, { ...inputs(), ...more });
      const job = jobs['.dexchange'];
      if (job === undefined) throw new Error('the component has no job .dexchange');
      expect(job.id_tokens).toEqual({ GITLAB_OIDC_TOKEN: { aud: suite.dex.issuer } });
      const [command, ...first] = gitlab.command;
      const ended = await runToEnd(command, [...first, '-c', runnerScript(job, script)], {
        cwd: path,
        env: {
          ...env,
          ...job.variables,
          CI_PROJECT_DIR: path,
          GITLAB_CI: 'true',
          GITLAB_OIDC_TOKEN: await suite.idp.mintGitlab(),
        },
      });
      return { ended, path };
    }

    test('installs dexchange, and writes a kubeconfig for a server', async () => {
      const { ended, path } = await runJob({ server: 'https://api.example.com' }, [
        'dexchange version',
        'cat "$KUBECONFIG"',
        'dexchange get-token --kubeconfig "$KUBECONFIG" -o token',
      ]);
      expect(ended).toMatchObject({ code: 0 });
      expect(ended.stdout).toContain(`installed dexchange ${currentVersion} (linux_amd64)`);
      expect(ended.stdout).toMatch(/- "?--subject-token-env=GITLAB_OIDC_TOKEN\b/);
      expect(ended.stdout).not.toContain('install.sh: add');
      expect(issuedFor(ended)).toBe('sample-user@example.com');
      // Git must not see what the component writes.
      expect(readdirSync(path)).toEqual(['.dexchange']);
      expect(readFileSync(join(path, '.dexchange/.gitignore'), 'utf8')).toBe('*\n');
    });

    test.skipIf(ofBinary)('uses a kubeconfig of the repository', async () => {
      const script = ['cd /', 'dexchange get-token --kubeconfig "$KUBECONFIG" -o token'];
      const { ended } = await runJob({ kubeconfig: 'ci/kube.config' }, script, (path) => {
        writeKubeconfig(path);
        // What an earlier job may have left.
        mkdirSync(join(path, '.dexchange/bin'), { recursive: true });
        const planted = `#!/bin/sh\necho planted >&2\necho dexchange ${currentVersion}\n`;
        writeFileSync(join(path, '.dexchange/bin/dexchange'), planted, { mode: 0o755 });
      });
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      expect(issuedFor(ended)).toBe('sample-user@example.com');
    });

    test.skipIf(ofBinary)('starts an agent, which ends with the job', async () => {
      const { ended, path } = await runJob(
        { kubeconfig: 'ci/kube.config', agent: 'true' },
        [
          'case $(cat "$KUBECONFIG") in *tokenFile*) ;; *) exit 9 ;; esac; echo "$DEXCHANGE_AGENT" > "$CI_PROJECT_DIR/folder"',
          'cat "$DEXCHANGE_TOKEN_FILE"',
        ],
        writeKubeconfig,
      );
      expect(ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/^note: .*\n$/) });
      expect(issuedFor(ended)).toBe('sample-user@example.com');
      await untilGone(readFileSync(join(path, 'folder'), 'utf8').trim());
    });

    test.skipIf(ofBinary)('ends the job if the files do not have the checksum', async () => {
      const { ended, path } = await runJob({ checksum: '0'.repeat(64) }, ['echo reached']);
      expect(ended).toMatchObject({ code: 5 });
      expect(ended.stderr).toContain('has the checksum of --checksum: nothing was installed');
      expect(ended.stdout).not.toContain('reached');
      expect(readdirSync(join(path, '.dexchange')).sort()).toEqual(['.gitignore', 'install.sh']);
    });
  });

  describe('the GitHub action', () => {
    async function runAction(
      more: Readonly<Record<string, string>>,
      prepare: (path: string) => void = () => undefined,
    ): Promise<AfterSteps & { readonly path: string }> {
      const { path, folder, env } = project(github);
      prepare(path);
      const requests = await startHttpServer({}, {}, async () => ({
        status: 200,
        body: JSON.stringify({ value: await suite.idp.mintGitlab() }),
      }));
      onTestFinished(requests.close);
      const after = await runCompositeAction(
        join(root, 'action.yml'),
        { ...inputs(), 'connector-id': 'gitlab', ...more },
        {
          shell: github.command,
          folder,
          env: {
            ...env,
            GITHUB_ACTIONS: 'true',
            GITHUB_ACTION_PATH: root,
            GITHUB_WORKSPACE: path,
            RUNNER_TEMP: join(folder, 'temp'),
            ACTIONS_ID_TOKEN_REQUEST_URL: `${requests.origin}/token?v=1`,
            ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runtime',
          },
        },
      );
      return { ...after, path };
    }

    /** What a later step of the job prints. */
    function laterStep({ env }: AfterSteps, script: string): Promise<Ended> {
      const [command, ...first] = github.command;
      return runToEnd(command, [...first, '-ec', script], { env, cwd: '/' });
    }

    test('installs dexchange, and writes a kubeconfig for a server', async () => {
      const after = await runAction({ server: 'https://api.example.com' });
      expect(after.last).toMatchObject({ code: 0 });
      expect(after.last.stdout).toBe(`dexchange ${currentVersion}\n`);
      expect(after.outputs['kubeconfig']).toBe(after.env['KUBECONFIG']);
      const kubeconfig = readFileSync(after.env['KUBECONFIG'] ?? '', 'utf8');
      expect(parse(kubeconfig).users[0].user.exec.args).toContain('--identity=github');
      const token = 'dexchange get-token --kubeconfig "$KUBECONFIG" -o token';
      expect(issuedFor(await laterStep(after, token))).toBe('sample-user@example.com');
    });

    test.skipIf(ofBinary)(
      'uses a kubeconfig of the repository, or only sets the variables',
      async () => {
        const after = await runAction({ kubeconfig: 'ci/kube.config' }, writeKubeconfig);
        expect(after.outputs['kubeconfig']).toBe(join(after.path, 'ci/kube.config'));
        const plain = await runAction({});
        expect(plain.outputs['kubeconfig']).toBe('');
        expect(plain.env['KUBECONFIG']).toBeUndefined();
        const ended = await laterStep(plain, 'dexchange get-token -o token');
        expect(issuedFor(ended)).toBe('sample-user@example.com');
      },
    );

    test.skipIf(ofBinary)('starts an agent for later steps', async () => {
      const after = await runAction(
        { kubeconfig: 'ci/kube.config', agent: 'true' },
        writeKubeconfig,
      );
      expect(after.last).toMatchObject({ code: 0 });
      const folder = after.env['DEXCHANGE_AGENT'] ?? '';
      expect(folder).toContain('dexchange-run-');
      expect(after.env['KUBECONFIG']).toBe(join(folder, 'kubeconfig'));
      expect(after.outputs['kubeconfig']).toBe(after.env['KUBECONFIG']);
      // There is no runner of a job here, so it ends with the step.
      await untilGone(folder);
    });

    test.skipIf(ofBinary)(
      'fails if the files do not have the checksum, or an input has two lines',
      async () => {
        const unpinned = await runAction({ checksum: '0'.repeat(64) });
        expect(unpinned.last).toMatchObject({ code: 5 });
        const twoLines = await runAction({ 'client-id': 'a\nLD_PRELOAD=/x' });
        expect(twoLines.last).toMatchObject({ code: 2 });
        expect(twoLines.last.stdout).toContain(
          '::error::an input of dexchange contains a line break',
        );
        expect(twoLines.env['LD_PRELOAD']).toBeUndefined();
      },
    );
  });

  async function untilGone(path: string): Promise<void> {
    for (let tries = 0; existsSync(path); tries++) {
      if (tries > 200) throw new Error(`${path} is still there`);
      await pause(50);
    }
  }

  function writeKubeconfig(path: string): void {
    mkdirSync(join(path, 'ci'));
    const user = {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'dexchange',
        args: ['get-token', `--dex-url=${suite.dex.issuer}`, '--connector-id=gitlab'],
        interactiveMode: 'Never',
      },
    };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: 'https://api.example.com' } }],
      users: [{ name: 'ci', user }],
      contexts: [{ name: 'ci', context: { cluster: 'c', user: 'ci' } }],
      'current-context': 'ci',
    };
    writeFileSync(join(path, 'ci/kube.config'), JSON.stringify(config));
  }
});
