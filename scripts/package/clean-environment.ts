/**
 * Variables that change what the build's own Node processes do or write. NODE_OPTIONS would reach
 * the process that makes the code cache and get the cache rejected, for one.
 */
const disturbing = /^(NODE_|V8_|UV_|ELECTRON_|SSL_CERT_|SSLKEYLOGFILE$|OPENSSL_)/;

/** Takes those variables out of this process's environment, which the child processes inherit. */
export function cleanEnvironment(): void {
  for (const name of Object.keys(process.env)) {
    if (disturbing.test(name)) delete process.env[name];
  }
}
