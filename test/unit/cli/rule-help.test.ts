import { expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { headOf } from '../../../src/explain/report-head.ts';
import { allRules } from '../../../src/explain/rules/all-rules.ts';
import { placeholders } from '../../../src/explain/rules/names.ts';
import { textOf } from '../../../src/explain/rules/rule.ts';
import { runInProcess } from '../../support/in-process.ts';

const squeezed = (text: string) => text.replaceAll(/\s+/g, ' ');

test.each(allRules.map((rule) => [rule.id, rule] as const))(
  'help %s prints the causes, checks and fixes of the rule',
  async (id, { symptom, causes }) => {
    expect(commands.map(({ name }) => name)).not.toContain(id);
    const ended = await runInProcess(['help', id], { terminalColumns: 80 });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const text = squeezed(ended.stdout);
    const parts = causes.flatMap(({ cause, check, fix }) => [cause, check, fix]);
    for (const part of [symptom, ...parts.map((each) => textOf(each, placeholders))]) {
      expect(text).toContain(squeezed(part));
    }
  },
);

test.each(allRules.filter(({ severity }) => severity !== 'note').map((rule) => [rule.id, rule]))(
  'a report about %s names a command that explains it',
  async (_id, rule) => {
    if (typeof rule === 'string' || rule.severity === 'note') throw new Error('not a rule');
    const head = headOf({
      version: 2,
      dexchange: '0.1.0',
      verdict: {
        status: rule.severity,
        summary: 'something is wrong',
        rule: rule.id,
        error: null,
        message: null,
        hint: null,
        exitCode: 0,
      },
      steps: [],
      diagnoses: [
        {
          rule: rule.id,
          status: rule.severity,
          title: 'something is wrong',
          evidence: [],
          causes: [],
          code: rule.codes?.[0] ?? null,
        },
      ],
    });
    const [program, ...words] = head.more?.split(' ') ?? [];
    expect(program).toBe('dexchange');
    expect(await runInProcess(words)).toMatchObject({ code: 0, stderr: '' });
  },
);
