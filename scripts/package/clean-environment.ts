/**
 * Variables that change the behaviour or output of the build's Node processes. For example, with
 * NODE_OPTIONS the code cache would be created with other flags, and V8 would reject it.
 */
const disturbing = /^(NODE_|V8_|UV_|ELECTRON_|SSL_CERT_|SSLKEYLOGFILE$|OPENSSL_)/;

/** Removes these variables from the environment, which child processes inherit. */
export function cleanEnvironment(): void {
  for (const name of Object.keys(process.env)) {
    if (disturbing.test(name)) delete process.env[name];
  }
}
