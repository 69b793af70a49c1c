import { describe, expect, test } from 'vitest';
import { ownerProcess } from '../../../src/platform/owner-process.ts';
import { processRow, rowOfPs } from '../../../src/platform/process-table.ts';

/** A process table: each process with its parent and its command line. */
function table(rows: Readonly<Record<number, readonly [parent: number, command: string]>>) {
  return (pid: number) => {
    const row = rows[pid];
    return row && { pid, parent: row[0], command: row[1] };
  };
}

describe('the owner of an agent', () => {
  test('is the shell that runs the script', () => {
    const row = table({ 30: [20, '/bin/dash\0sh\0job.sh'], 20: [1, '/usr/bin/runner'] });
    expect(ownerProcess({}, row, 30)).toBe(30);
  });

  test('is the shell, not its copy that runs the substitution', () => {
    const shell = '/bin/bash\0bash\0-e\0job.sh';
    const row = table({
      32: [31, shell],
      31: [30, shell],
      30: [20, shell],
      20: [1, '/bin/bash\0bash'],
    });
    expect(ownerProcess({}, row, 32)).toBe(30);
  });

  test('is the shell behind programs that only run another one', () => {
    const row = table({
      33: [32, '/usr/bin/timeout\0timeout\x0020\0dexchange\0agent\0start'],
      32: [31, '/usr/bin/busybox\0sudo\0timeout'],
      31: [30, '/bin/bash\0bash\0job.sh'],
      30: [20, '/bin/bash\0bash\0job.sh'],
      20: [1, '/usr/bin/runner'],
    });
    expect(ownerProcess({}, row, 33)).toBe(30);
  });

  test.each([
    [
      'GITHUB_ACTIONS',
      '/home/runner/bin/Runner.Worker\0/home/runner/bin/Runner.Worker\0spawnclient',
    ],
    ['TF_BUILD', '/agent/bin/Agent.Worker\0/agent/bin/Agent.Worker\0spawnclient\x0a3'],
  ])('with %s is the runner of the job', (variable, runner) => {
    const row = table({
      30: [20, '/bin/bash\0bash\0step.sh'],
      20: [10, runner],
      10: [1, '/agent'],
    });
    expect(ownerProcess({ [variable]: 'true' }, row, 30)).toBe(20);
    // On another system, a program of that name is no runner.
    expect(ownerProcess({}, row, 30)).toBe(30);
  });

  test('with GITHUB_ACTIONS in a container, whose steps start from outside, is process 1', () => {
    const step = '/bin/sh\0sh\0-e\0/__w/_temp/step.sh';
    const row = table({ 1: [0, '/usr/bin/tail\0tail\0-f\0/dev/null'], 7: [0, step] });
    expect(ownerProcess({ GITHUB_ACTIONS: 'true' }, row, 7)).toBe(1);
    // Elsewhere, such as with docker exec, the shell is all there is of the job.
    expect(ownerProcess({}, row, 7)).toBe(7);
    const inside = table({ 1: [0, '/bin/sh\0sh\0-c\0script'], 7: [1, step] });
    expect(ownerProcess({ GITHUB_ACTIONS: 'true' }, inside, 7)).toBe(7);
  });

  test('is unknown if the parent is outside of the container', () => {
    expect(ownerProcess({}, table({}), 0)).toBeUndefined();
  });

  test('is the parent where the system tells no more, as Windows', () => {
    expect(ownerProcess({}, () => undefined, 30)).toBe(30);
  });
});

test('ps tells the same parent as proc', () => {
  const row = processRow(process.pid);
  expect(row?.parent).toBe(process.ppid);
  expect(rowOfPs(process.pid)?.parent).toBe(process.ppid);
  expect(rowOfPs(999_999_999)).toBeUndefined();
});
