import { describe, expect, test } from 'vitest';
import { groupCheck } from '../../../../src/explain/doctor/group-check.ts';
import type { KubernetesStep, Report, SettingsStep } from '../../../../src/explain/report.ts';
import type { TokenFacts } from '../../../../src/explain/token-facts.ts';

function token(claims: Readonly<Record<string, unknown>>): TokenFacts {
  return { form: 'jwt', length: 100, sha256: '0', header: {}, claims, times: [] };
}

function report(
  settings: Readonly<Record<string, string>>,
  kubernetes: Partial<KubernetesStep> = {},
): Report {
  const shown = Object.entries(settings).map(([name, value]) => ({
    ...{ name, value },
    ...{ from: 'default', overrode: [] },
  }));
  return {
    steps: [
      { name: 'settings', settings: shown } as unknown as SettingsStep,
      { name: 'kubernetes', access: [], permissions: null, ...kubernetes } as KubernetesStep,
    ],
  } as unknown as Report;
}

const usual = report({ scope: 'openid profile email groups', 'connector-id': 'gitlab' });
const opaque: TokenFacts = { form: 'opaque', length: 20 };

describe('groups', () => {
  test.each<[string, TokenFacts | null, TokenFacts | null, string, RegExp]>([
    ['all of them arrive', token({ groups: ['a', 'b'] }), token({ groups: ['b', 'a'] }), 'ok', /a/],
    ['one as a text', token({ groups: 'a' }), token({ groups: ['a'] }), 'ok', /groups a$/],
    ['there are none', token({}), token({}), 'ok', /no groups; the identity token has none/],
    ['one is lost', token({ groups: ['a', 'b'] }), token({ groups: ['a'] }), 'warning', /: b \(/],
    [
      'all are lost',
      token({ groups: ['a'] }),
      token({}),
      'warning',
      /lost at Dex: a \(claim groups/,
    ],
    ['the identity token is opaque', opaque, token({ groups: ['a'] }), 'skipped', /is not a JWT$/],
    [
      'the credential is cached',
      null,
      token({ groups: ['a'] }),
      'skipped',
      /groups a; not compared: the credential is cached$/,
    ],
    ['there is no token of Dex', token({ groups: ['a'] }), null, 'skipped', /not reached/],
  ])('%s', (_what, subject, issued, state, found) => {
    const check = groupCheck(subject, issued, usual);
    expect(check.state).toBe(state);
    expect(check.found).toMatch(found);
    expect(check.fix === null).toBe(state !== 'warning');
  });

  test('the fix names the scope, the mapping or the filter, by what is missing', () => {
    const fix = (subject: object, issued: object, of: Report): string | null =>
      groupCheck(token({ ...subject }), token({ ...issued }), of).fix;
    const lost = { groups: ['a'] };
    expect(fix(lost, {}, report({ scope: 'openid email' }))).toMatch(/^add groups to --scope/);
    expect(fix(lost, {}, usual)).toMatch(/^set claimMapping\.groups: groups in DexProvider gitlab/);
    const direct = { groups_direct: ['g/a'] };
    // It is no warning, because GitLab's claim is seldom meant for Dex.
    expect(groupCheck(token(direct), token({}), usual).state).toBe('ok');
    expect(fix(direct, {}, usual)).toBeNull();
    const some = { groups: ['b'] };
    expect(fix({ groups: ['a', 'b'] }, some, usual)).toMatch(/^check claimMapping\.groups and the/);
    expect(fix(lost, {}, usual)).toContain('`d8 k get dexprovider gitlab -o yaml`');
  });

  test('a token with its project gets no fix, but is told what rules for groups need', () => {
    const found = (subject: object, issued: object, of: Report = usual) => {
      const check = groupCheck(token({ ...subject }), token({ ...issued }), of);
      expect([check.state, check.fix]).toEqual(['ok', null]);
      return check.found;
    };
    const ofGitlab = { namespace_path: 'my-group', groups_direct: ['g/a'] };
    const mapping = / set claimMapping\.groups: namespace_path in DexProvider gitlab; /;
    expect(found(ofGitlab, {})).toMatch(/and not g\/a .*; for rules that name groups, set /);
    expect(found(ofGitlab, {})).toMatch(mapping);
    expect(found({ namespace_path: 'my-group' }, {})).toMatch(mapping);
    expect(found({ repository_owner: 'my-org' }, {})).toMatch(/groups: repository_owner in/);
    // Without the project's claim, the only one that there is.
    expect(found({ groups_direct: ['g/a'] }, {})).toMatch(/groups: groups_direct in/);
    expect(found(ofGitlab, {}, report({ scope: 'openid' }))).toMatch(/, add groups to --scope/);
    // Nothing is needed: the group is there, or the user is allowed without it.
    expect(found(ofGitlab, { groups: ['my-group'] })).not.toMatch(/for rules/);
    const allowed = report(
      { scope: 'groups' },
      { permissions: { namespace: 'default', granted: 'some' } },
    );
    expect(found(ofGitlab, {}, allowed)).not.toMatch(/for rules/);
    expect(found({ namespace_path: 'my-group' }, {}, allowed)).not.toMatch(/for rules/);
  });

  test('lost groups do no harm where everything that was asked is allowed', () => {
    const allowed = { verb: 'get', resource: 'pods', allowed: true };
    const asked = report({ scope: 'groups' }, { access: [allowed] });
    expect(groupCheck(token({ groups: ['a'] }), token({}), asked)).toMatchObject({
      state: 'ok',
      found: "Dex's token has no groups, and not a (claim groups of the identity token)",
    });
    const refused = report({ scope: 'groups' }, { access: [{ ...allowed, allowed: false }] });
    expect(groupCheck(token({ groups: ['a'] }), token({}), refused).state).toBe('warning');
    const some = report(
      { scope: 'groups' },
      { permissions: { namespace: 'default', granted: 'some' } },
    );
    expect(groupCheck(token({ groups_direct: ['a'] }), token({}), some).state).toBe('ok');
    expect(groupCheck(token({ groups: ['a'] }), token({}), some).state).toBe('warning');
  });
});
