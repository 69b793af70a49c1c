/**
 * The chapter of docs/troubleshooting.md about a binary that the system cannot start, so that
 * `--explain` cannot run either.
 */
export const doesNotStart = `## dexchange does not start

<a id="does-not-start"></a>

\`--explain\` cannot report what keeps dexchange from starting. These messages come from the shell, from
kubectl and from the loader of the system.

<a id="alpine"></a>

### the binary is for another C library, or a library is missing

The system says "not found" although \`ls\` shows the file: what it does not find is the program that must
load the file, or a library.

| where | what it says |
| --- | --- |
| sh of Alpine (BusyBox), with the binary for glibc | \`sh: dexchange: not found\` |
| bash | \`bash: /usr/local/bin/dexchange: cannot execute: required file not found\` (before 5.2: \`No such file or directory\`) |
| kubectl, helm and other Go programs | \`Unable to connect to the server: getting credentials: exec: fork/exec /usr/local/bin/dexchange: no such file or directory\` |
| Alpine, with the binary for musl alone, or with gcompat | \`Error loading shared library libstdc++.so.6: No such file or directory (needed by /usr/local/bin/dexchange)\`, or \`Error relocating /usr/local/bin/dexchange: … symbol not found\` |
| an image with glibc, but without libstdc++ | \`dexchange: error while loading shared libraries: libstdc++.so.6: cannot open shared object file: No such file or directory\` |
| an image with an old glibc | \`\` dexchange: /lib/x86_64-linux-gnu/libc.so.6: version \`GLIBC_2.28' not found (required by dexchange) \`\` |

- **the binary is for glibc, and the image is Alpine**
  - check: \`cat /etc/os-release\` names Alpine
  - fix: install the binary for musl (\`npm run build -- --target linux-musl-x64\`, or \`linux-musl-arm64\`). gcompat is not enough for the one for glibc
- **the binary is for musl, and its libraries are missing**
  - check: \`ls /usr/lib/libstdc++.so.6 /usr/local/lib/dexchange\` finds neither
  - fix: run \`apk add libstdc++\`, or install the folder \`lib/dexchange\` of the build next to the one that contains the binary, such as \`/usr/local/lib/dexchange\` for \`/usr/local/bin/dexchange\`
- **the binary is for glibc, and the image has no libstdc++**
  - check: the message names \`libstdc++.so.6\`; the \`base\` variant of distroless has none
  - fix: install libstdc++ (\`apt-get install -y libstdc++6\`, \`dnf install -y libstdc++\`), use the \`cc\` variant of distroless, or build \`linux-x64-libs\`, which brings it along and needs glibc 2.36
- **the glibc of the image is older than 2.28**
  - check: the message names \`GLIBC_2.28\`
  - fix: use a newer image, see [Supported job images](install.md#supported-job-images)
- **the binary is for musl, and the image has glibc**
  - check: \`ls /lib/ld-musl-*\` finds nothing
  - fix: install the binary for glibc

<a id="not-in-path"></a>

### dexchange is not in PATH, or is not executable

| where | what it says |
| --- | --- |
| kubectl, for a name that it looks up in PATH | \`exec: executable dexchange not found\`, followed by the \`installHint\` of the kubeconfig |
| kubectl, for a path | \`exec: fork/exec /usr/local/bin/dexchange: permission denied\` |
| kubectl, for a binary of another architecture | \`exec: fork/exec /usr/local/bin/dexchange: exec format error\` |

- **the job image does not contain the binary, or its folder is not in PATH**
  - check: \`command -v dexchange\` prints nothing in the job
  - fix: see [install.md](install.md)
- **the file was downloaded or copied without its mode**
  - check: \`ls -l /usr/local/bin/dexchange\` shows no x
  - fix: make it executable, with mode 755
- **the binary is for another architecture**
  - check: \`uname -m\` is not that of the target: \`x86_64\` for x64, \`aarch64\` for arm64
  - fix: build the target for it, such as \`npm run build -- --target linux-arm64\`
`;
