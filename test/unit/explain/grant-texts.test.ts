import { describe, expect, test } from 'vitest';
import { grantTexts } from '../../../src/explain/rules/grant-texts.ts';

const need = {
  email: 'jane@example.com',
  client: { name: 'ci', namespace: 'd8-user-authn' },
  refused: [{ verb: 'get', resource: 'pods', allowed: false, reason: '' }],
  project: undefined,
};
const project = { claim: 'namespace_path', group: 'my-group/team', isMapped: true };

describe('the command that grants access', () => {
  test('is for the group of the project if the user is in it, and names the user as another choice', () => {
    const { grantAccess, grantMore } = grantTexts({ ...need, project });
    expect(grantAccess).toBe(
      'dexchange manifests token-exchange --client-name ci --client-namespace d8-user-authn --group my-group/team --access-level User --rule-name ci-my-group-team | d8 k apply -f -',
    );
    expect(grantMore).toContain('for this user alone, replace --group and --rule-name by --user');
    expect(grantMore).toContain('--user jane@example.com --rule-name ci-jane-example-com');
  });

  test('is for the user if Dex does not map the claim, and says how to get the group', () => {
    const unmapped = { ...project, isMapped: false };
    const { grantAccess, grantMore } = grantTexts({ ...need, project: unmapped });
    expect(grantAccess).toContain('--user jane@example.com --access-level User');
    expect(grantMore).toContain('map claim namespace_path to groups in the DexProvider');
    expect(grantMore).toContain('use --group my-group/team in place of --user');
  });

  test('is for the user of a token without a project', () => {
    const { grantAccess, grantMore } = grantTexts(need);
    expect(grantAccess).toContain('--user jane@example.com');
    expect(grantMore).not.toMatch(/group/);
  });

  test('is that of Kubernetes for another client, also for groups', () => {
    const plain = { ...need, client: undefined };
    expect(grantTexts({ ...plain, project }).grantAccess).toBe(
      'kubectl create clusterrolebinding ci-my-group-team --clusterrole view --group my-group/team',
    );
    expect(grantTexts(plain).grantAccess).toBe(
      'kubectl create clusterrolebinding ci-jane-example-com --clusterrole view --user jane@example.com',
    );
  });
});
