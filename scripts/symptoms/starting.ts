import type { Symptom } from './symptom.ts';

const moreAboutPath = ['not-in-path', 'dexchange is not in PATH, or is not executable'] as const;
const moreAboutLibraries = [
  'alpine',
  'the binary is for another C library, or a library is missing',
] as const;

/** What the shell and clients print if dexchange does not start. */
export const startingSymptoms: readonly Symptom[] = [
  {
    id: 'executable-not-found',
    title: 'dexchange is not found',
    messages: [
      {
        by: ['kubectl', 'helm', 'OpenTofu'],
        text: 'Unable to connect to the server: getting credentials: exec: executable dexchange not found',
      },
      { by: ['Python'], text: "ERROR:root:[Errno 2] No such file or directory: 'dexchange'" },
      { by: ['JavaScript'], text: 'Error: spawn dexchange ENOENT' },
      { by: ['bash'], text: 'dexchange: command not found' },
      { by: ['sh (dash)'], text: 'dexchange: not found' },
    ],
    cause:
      'dexchange is not installed in the job, its folder is not in PATH, or the file is not executable',
    fix: 'install dexchange in the job image, see [install.md](install.md); or write the absolute path of the binary as `command` of the exec entry. If `ls` shows the file, see the next entry',
    more: [moreAboutPath],
  },
  {
    id: 'loader-not-found',
    title: 'dexchange is "not found", although the file exists',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: getting credentials: exec: fork/exec /usr/local/bin/dexchange: no such file or directory',
      },
      {
        by: ['Python'],
        text: "ERROR:root:[Errno 2] No such file or directory: '/usr/local/bin/dexchange'",
      },
      { by: ['JavaScript'], text: 'Error: spawn /usr/local/bin/dexchange ENOENT' },
      {
        by: ['bash'],
        text: '/usr/local/bin/dexchange: cannot execute: required file not found',
      },
      { by: ['sh (BusyBox)'], text: 'sh: dexchange: not found' },
    ],
    cause:
      'the image is Alpine, but the binary is for glibc, so the loader that the binary needs does not exist. Or the path in the kubeconfig is wrong',
    fix: 'in Alpine, install the binary for musl; else correct `command` of the exec entry',
    more: [moreAboutLibraries],
  },
  {
    id: 'library-not-found',
    title: 'a library of dexchange is missing',
    messages: [
      {
        by: ['the loader'],
        text: 'error while loading shared libraries: libstdc++.so.6: cannot open shared object file: No such file or directory',
      },
      {
        by: ['the loader'],
        text: 'Error loading shared library libstdc++.so.6: No such file or directory (needed by /usr/local/bin/dexchange)',
      },
      {
        by: ['the loader'],
        text: "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.28' not found (required by dexchange)",
        isDocumented: true,
      },
    ],
    cause: 'the image has no libstdc++, or its glibc is older than 2.28',
    fix: 'install libstdc++ (Alpine: `apk add libstdc++`, Debian: `apt-get install -y libstdc++6`); for an old glibc, use a newer image',
    more: [moreAboutLibraries],
  },
  {
    id: 'permission-denied',
    title: 'dexchange is not executable',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: getting credentials: exec: fork/exec /usr/local/bin/dexchange: permission denied',
      },
      {
        by: ['Python'],
        text: "ERROR:root:[Errno 13] Permission denied: '/usr/local/bin/dexchange'",
      },
      { by: ['JavaScript'], text: 'Error: spawn /usr/local/bin/dexchange EACCES' },
      { by: ['bash', 'sh (dash)'], text: '/usr/local/bin/dexchange: Permission denied' },
    ],
    cause:
      'the file lost its executable mode in a download or copy, or its file system is mounted with noexec',
    fix: 'set mode 755 for the file, and use a folder whose file system is not mounted with noexec',
    more: [moreAboutPath],
  },
  {
    id: 'exec-format-error',
    title: 'dexchange is for another architecture',
    messages: [
      {
        by: ['kubectl', 'helm'],
        text: 'Unable to connect to the server: getting credentials: exec: fork/exec /usr/local/bin/dexchange: exec format error',
      },
      {
        by: ['Python'],
        text: "ERROR:root:[Errno 8] Exec format error: '/usr/local/bin/dexchange'",
      },
      {
        by: ['bash'],
        text: '/usr/local/bin/dexchange: cannot execute binary file: Exec format error',
      },
    ],
    cause:
      'the binary is for x64 and the runner is arm64, or the other way round; or the download is incomplete',
    fix: 'install the binary for the architecture that `uname -m` prints: `x86_64` is x64, `aarch64` is arm64',
    more: [moreAboutPath],
  },
];
