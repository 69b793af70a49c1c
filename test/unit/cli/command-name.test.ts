import { expect, test } from 'vitest';
import { withCommandName } from '../../../src/cli/commands.ts';
import { commandName } from '../../../src/platform/machine.ts';

test.each([
  ['/usr/local/bin/kubectl-dexchange', 'kubectl dexchange'],
  ['kubectl-dexchange', 'kubectl dexchange'],
  ['C:\\tools\\kubectl-dexchange.exe', 'kubectl dexchange'],
  ['/usr/local/bin/dexchange', 'dexchange'],
  ['/opt/kubectl-dexchange/dexchange', 'dexchange'],
  ['kubectl-dexchange-old', 'dexchange'],
  ['', 'dexchange'],
])('the program %j is run as %j', (argv0, name) => {
  expect(commandName(argv0)).toBe(name);
});

test.each([
  ['run `dexchange whoami --context ci`', 'run `kubectl dexchange whoami --context ci`'],
  ['$(dexchange get-token -o token)', '$(kubectl dexchange get-token -o token)'],
  ['dexchange COMMAND [flags]', 'kubectl dexchange COMMAND [flags]'],
  ['dexchange --help, or dexchange help', 'kubectl dexchange --help, or kubectl dexchange help'],
  ['kubectl dexchange whoami', 'kubectl dexchange whoami'],
  ['dexchange discovers it', 'dexchange discovers it'],
  ['/opt/dexchange get-token', '/opt/dexchange get-token'],
  ['dexchange: no command', 'dexchange: no command'],
  ['command: dexchange', 'command: dexchange'],
])('in %j, only command lines get the name', (text, wanted) => {
  expect(withCommandName(text, 'kubectl dexchange')).toBe(wanted);
  expect(withCommandName(text, 'dexchange')).toBe(text);
});
