/** An environment variable that the runtime reads: Node, V8, OpenSSL, libuv, ICU and the like. */
export interface RuntimeVariable {
  readonly name: string;
  /** What it does in an unchanged Node. */
  readonly effect: string;
  /** Rename only whole C strings, because other words in the program begin with this short name. */
  readonly wholeString?: true;
  /** The system whose Node reads it, if that of Linux on x64 does not. */
  readonly only?: 'linux-arm64' | 'win32';
}

/**
 * Variables that write, load, slow, change trust or end the program in an unchanged Node. The build
 * renames them in the Node binary (rename-variables.ts), so that the executable does not read them.
 */
export const renamedVariables: readonly RuntimeVariable[] = [
  // Node
  { name: 'NODE_CHANNEL_FD', effect: 'opens a descriptor as an IPC channel; ends the process' },
  { name: 'NODE_CHANNEL_SERIALIZATION_MODE', effect: 'changes the format of the IPC channel' },
  { name: 'NODE_CLUSTER_SCHED_POLICY', effect: 'changes how a cluster accepts connections' },
  { name: 'NODE_COMPILE_CACHE', effect: 'writes code caches into a folder' },
  { name: 'NODE_COMPILE_CACHE_PORTABLE', effect: 'changes the names of these code caches' },
  { name: 'NODE_DEBUG', effect: 'prints what modules do, with environments and bytes' },
  { name: 'NODE_DEBUG_NATIVE', effect: 'prints what the C++ code does' },
  { name: 'NODE_DISABLE_COLORS', effect: 'changes the REPL' },
  { name: 'NODE_DISABLE_COMPILE_CACHE', effect: 'disables code caches' },
  { name: 'NODE_EXTRA_CA_CERTS', effect: 'trusts more CAs; waits for a FIFO; prints warnings' },
  { name: 'NODE_ICU_DATA', effect: 'loads the data of ICU from a folder' },
  { name: 'NODE_INSPECT_RESUME_ON_START', effect: 'changes the debugger' },
  { name: 'NODE_NO_READLINE', effect: 'changes the REPL' },
  { name: 'NODE_NO_WARNINGS', effect: 'hides warnings, which -v prints' },
  { name: 'NODE_OPTIONS', effect: 'adds options: --require, --inspect and many more' },
  { name: 'NODE_PATH', effect: 'loads modules from a folder' },
  { name: 'NODE_PENDING_DEPRECATION', effect: 'emits more warnings' },
  { name: 'NODE_PENDING_PIPE_INSTANCES', effect: 'changes servers on pipes of Windows' },
  { name: 'NODE_PRESERVE_SYMLINKS', effect: 'changes which modules are loaded' },
  { name: 'NODE_PRESERVE_SYMLINKS_MAIN', effect: 'changes which modules are loaded' },
  { name: 'NODE_REDIRECT_WARNINGS', effect: 'writes warnings to a file' },
  { name: 'NODE_REPL_EXTERNAL_MODULE', effect: 'loads a module; ends the process' },
  { name: 'NODE_REPL_HISTORY', effect: 'writes a file; changes the REPL' },
  { name: 'NODE_REPL_HISTORY_SIZE', effect: 'changes the REPL' },
  { name: 'NODE_REPL_MODE', effect: 'changes the REPL' },
  { name: 'NODE_SKIP_PLATFORM_CHECK', effect: 'accepts old versions of Windows', only: 'win32' },
  { name: 'NODE_TEST_CONTEXT', effect: 'changes the test runner' },
  { name: 'NODE_TEST_WORKER_ID', effect: 'changes the test runner' },
  { name: 'NODE_TLS_REJECT_UNAUTHORIZED', effect: 'disables verification; prints a warning' },
  { name: 'NODE_UNIQUE_ID', effect: 'makes the process a worker of a cluster' },
  { name: 'NODE_USE_ENV_PROXY', effect: 'uses proxies for http and fetch' },
  { name: 'NODE_USE_SYSTEM_CA', effect: 'loads the CAs of the system, which takes 30-50 ms' },
  { name: 'NODE_V8_COVERAGE', effect: 'writes coverage into a folder' },
  { name: 'WATCH_REPORT_DEPENDENCIES', effect: 'sends loaded modules to the parent process' },
  { name: 'JEST_WORKER_ID', effect: 'changes the HTTP client in Node' },
  { name: 'UNDICI_NO_WASM_SIMD', effect: 'slows the HTTP client in Node' },
  { name: '__MINIMATCH_TESTING_PLATFORM__', effect: 'changes how Node matches file names' },
  // OpenSSL
  { name: 'CTLOG_FILE', effect: 'loads a list of certificate logs' },
  { name: 'LEGACY_GOST_PKCS12', effect: 'changes how PKCS #12 files are read' },
  { name: 'OPENSSL_CONF', effect: 'loads a configuration, which can load a library' },
  { name: 'OPENSSL_CONF_INCLUDE', effect: 'loads configurations from a folder' },
  { name: 'OPENSSL_ENGINES', effect: 'loads libraries from a folder' },
  { name: 'OPENSSL_MODULES', effect: 'loads libraries from a folder' },
  { name: 'OPENSSL_armcap', effect: 'disables instructions', only: 'linux-arm64' },
  { name: 'OPENSSL_ia32cap', effect: 'disables instructions, or uses missing ones' },
  { name: 'OSSL_QFILTER', effect: 'selects events for the files of QLOGDIR' },
  { name: 'QLOGDIR', effect: 'writes files about QUIC connections' },
  { name: 'RANDFILE', effect: 'reads and writes a file of random bytes' },
  { name: 'SSL_CERT_DIR', effect: 'replaces the CAs of the system; prints warnings' },
  { name: 'SSL_CERT_FILE', effect: 'replaces the CAs of the system; prints warnings' },
  // libuv, ICU, V8, c-ares, SQLite and smaller libraries
  { name: 'CARES_HOSTS', effect: 'replaces the file of host names' },
  { name: 'ICU_ENABLE_TENTATIVE_ERA', effect: 'adds an era to a calendar' },
  { name: 'ICU_TIMEZONE_FILES_DIR', effect: 'loads time zones from a folder' },
  ...(['LC_ALL', 'LC_MESSAGES', 'LANG'] as const).map((name) => ({
    name,
    effect: 'sets the locale of Intl; a name that is not a locale crashes the process',
    wholeString: true as const,
  })),
  { name: 'SIMDJSON_FORCE_IMPLEMENTATION', effect: 'slows JSON, or uses missing instructions' },
  { name: 'SIMDUTF_FORCE_IMPLEMENTATION', effect: 'slows decoding; ends the process' },
  { name: 'SQLITE_TMPDIR', effect: 'changes the folder of temporary files' },
  { name: 'UV_THREADPOOL_SIZE', effect: 'starts up to 1024 threads' },
  { name: 'UV_USE_IO_URING', effect: 'uses another kernel interface for files' },
];

/** Variables that the runtime still reads, and why that does not disturb the program. */
export const keptVariables: readonly (RuntimeVariable & { readonly reason: string })[] = [
  ...['TERM', 'COLORTERM', 'FORCE_COLOR', 'NO_COLOR', 'TMUX', 'CI_NAME'].map(color),
  ...['TEAMCITY_VERSION', 'TERM_PROGRAM', 'TERM_PROGRAM_VERSION'].map(color),
  ...['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].map(
    (name) => ({
      name,
      effect: 'is a proxy for http and fetch of Node, and for OpenSSL',
      reason: 'the program uses neither, and reads the variables itself',
    }),
  ),
  ...['TMPDIR', 'TMP', 'TEMP', 'TEMPDIR', 'USERPROFILE', 'SystemRoot', 'windir'].map(folder),
  ...['HOME', 'PATH', 'comspec'].map(folder),
  ...['TZ', 'TZDIR', 'LOCALTIME'].map((name) => ({
    name,
    effect: 'sets the local time zone',
    reason: 'the output has times in UTC only',
  })),
  ...['LOCALDOMAIN', 'RES_OPTIONS', 'HOSTALIASES'].map((name) => ({
    name,
    effect: 'changes name lookups of c-ares',
    reason: 'the program looks names up with libc, which reads it as in every other program',
  })),
];

function color(name: string): RuntimeVariable & { readonly reason: string } {
  return {
    name,
    effect: 'decides about colors in the terminal',
    reason: 'the program prints without the console of Node',
  };
}

function folder(name: string): RuntimeVariable & { readonly reason: string } {
  return {
    name,
    effect: 'is a folder of the user or of the system',
    reason: 'the system and started commands need it; nothing is loaded from there',
  };
}
