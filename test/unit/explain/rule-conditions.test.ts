import { describe, expect, test } from 'vitest';
import { differInDomain } from '../../../src/explain/rules/domain.ts';
import { isForOther } from '../../../src/explain/rules/subject-claims.ts';

test.each([
  ['https://dex.one.example.com/', 'https://api.one.example.com', false],
  ['https://dex.one.example.com/', 'https://api.two.example.com', true],
  ['https://dex.example.com/', 'https://api.example.org:6443', true],
  // An internal address tells nothing.
  ['https://dex.example.com/', 'https://10.0.0.1:6443', false],
  ['https://dex.example.com/', 'https://kubernetes', false],
  ['https://192.168.1.1/', 'https://192.168.2.1', false],
  [undefined, 'https://api.example.com', false],
  ['https://dex.example.com/', '', false],
])('Dex at %s and the API at %s differ in domain: %s', (dex, api, differs) => {
  expect(differInDomain(dex, api)).toBe(differs);
});

describe('the name of a connector', () => {
  const jwt = (claims: Record<string, unknown>) => ({ header: {}, claims });
  const ofGitlab = jwt({ iss: 'https://git.example.com', pipeline_source: 'push' });
  const ofGithub = jwt({ iss: 'https://token.actions.acme.ghe.com', job_workflow_ref: 'a/b' });
  const ofKeycloak = jwt({ iss: 'https://sso.example.com/realms/ci' });

  test.each([
    ['gitlab', ofGitlab, false],
    ['my-GitLab', ofGitlab, false],
    ['github', ofGitlab, true],
    ['github', ofGithub, false],
    ['gitlab', ofGithub, true],
    ['keycloak', ofKeycloak, false],
    ['gitlab', ofKeycloak, true],
    ['forgejo', jwt({ iss: 'https://forge.example.com/api/actions' }), false],
    ['okta', jwt({ iss: 'https://acme.okta.com' }), false],
    ['semaphore', jwt({ iss: 'https://acme.ci.example.com', ppl_id: '1' }), false],
    ['spacelift', jwt({ iss: 'https://iac.example.com', callerType: 'stack' }), false],
    ['codefresh', jwt({ iss: 'https://oidc.codefresh.io' }), false],
    ['env0', jwt({ iss: 'https://login.app.env0.com/' }), false],
    ['codefresh', jwt({ iss: 'https://login.app.env0.com/' }), true],
    // Names no vendor.
    ['ci', ofGitlab, false],
    ['gitlab', undefined, true],
  ])('connector %s, token %j: another vendor %s', (connector, token, isOther) => {
    expect(isForOther(connector, token)).toBe(isOther);
  });
});
