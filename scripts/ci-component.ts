import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

// Copies install.sh into the GitLab component, which GitLab includes without any other file.

const begin = /^( *)cat >.* <<'END_OF_INSTALL_SH'\n/m;
const end = /^ *END_OF_INSTALL_SH\n/m;

/**
 * The text of the component with another install script.
 * @throws Error if the component has no place for it
 */
export function withInstallScript(component: string, script: string): string {
  const start = begin.exec(component);
  const stop = end.exec(component);
  if (start === null || stop === null) throw new Error('no place for install.sh in the component');
  // GitLab replaces these, everywhere in the file.
  if (script.includes('$[[')) throw new Error('install.sh contains $[[');
  const [line, indent = ''] = start;
  const lines = script.replace(/^(?=.)/gm, indent);
  return component.slice(0, start.index) + line + lines + component.slice(stop.index);
}

/** The files of the component and of the install script. */
export const componentFile = resolve(import.meta.dirname, '../templates/dexchange.yml');
export const installScriptFile = resolve(import.meta.dirname, '../install.sh');

if (import.meta.main) {
  const component = readFileSync(componentFile, 'utf8');
  writeFileSync(
    componentFile,
    withInstallScript(component, readFileSync(installScriptFile, 'utf8')),
  );
}
