/** The commands there are, in the order of `--help`. */
export const commands = [
  { name: 'get-token', summary: 'print a credential for the Kubernetes API (an ExecCredential)' },
  { name: 'version', summary: 'print the version' },
  { name: 'help', summary: 'print this, or the settings of a command' },
] as const;

export type CommandName = (typeof commands)[number]['name'];
