/** What a release knows that the install script in the repository does not. */
export interface InstallDefaults {
  readonly version: string;
  /** The folder from which people download this version; undefined if it is not known. */
  readonly downloadUrl: string | undefined;
  /** The key that signs the release, as `minisign -P` takes it; undefined without a signature. */
  readonly publicKey: string | undefined;
}

/**
 * The install script of a release: install.sh with the defaults of the release. The version in the
 * download address becomes `{version}`, so that the script can install other versions too.
 * @throws Error if the script has no place for a default, or a default would end its quotes
 */
export function installScript(source: string, defaults: InstallDefaults): string {
  const { version, downloadUrl = '', publicKey = '' } = defaults;
  const values = {
    release_version: version,
    release_url: downloadUrl.replaceAll(version, '{version}'),
    release_public_key: publicKey,
  };
  return Object.entries(values).reduce((script, [name, value]) => {
    const line = new RegExp(`^${name}='[^']*'$`, 'm');
    if (!line.test(script)) throw new Error(`install.sh does not set ${name}`);
    if (value.includes("'")) throw new Error(`${name} contains a quote: ${value}`);
    return script.replace(line, () => `${name}='${value}'`);
  }, source);
}
