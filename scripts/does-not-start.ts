/**
 * The chapter of docs/troubleshooting.md about a binary that the system cannot start, so that
 * `--explain` cannot run either. Extend it when there are binaries for other systems.
 */
export const doesNotStart = `## dexchange does not start

<a id="does-not-start"></a>

\`--explain\` cannot report what keeps dexchange from starting. These messages come from the shell, from
kubectl and from the loader of the system.

<a id="alpine"></a>

### the job image is Alpine (musl), or has no libstdc++

The system says "not found" although \`ls\` shows the file: what it does not find is the program that must
load the file, or a library.

| where | what it says |
| --- | --- |
| sh of Alpine (BusyBox) | \`sh: dexchange: not found\` |
| bash | \`bash: /usr/local/bin/dexchange: cannot execute: required file not found\` (before 5.2: \`No such file or directory\`) |
| kubectl, helm and other Go programs | \`Unable to connect to the server: getting credentials: exec: fork/exec /usr/local/bin/dexchange: no such file or directory\` |
| Alpine with gcompat | \`Error loading shared library libstdc++.so.6: No such file or directory (needed by /usr/local/bin/dexchange)\`, or \`Error relocating /usr/local/bin/dexchange: … symbol not found\` |
| an image with glibc, but without libstdc++ | \`dexchange: error while loading shared libraries: libstdc++.so.6: cannot open shared object file: No such file or directory\` |
| an image with an old glibc | \`\` dexchange: /lib/x86_64-linux-gnu/libc.so.6: version \`GLIBC_2.28' not found (required by dexchange) \`\` |

- **the binary needs glibc 2.28 or newer, libstdc++ and libgcc_s, and the image lacks one of them**
  - check: \`cat /etc/os-release\` names Alpine, or \`ls /lib64/ld-linux-x86-64.so.2\` (arm64: \`ls /lib/ld-linux-aarch64.so.1\`) finds nothing
  - fix: use a job image with glibc, such as \`debian:bookworm-slim\`, \`ubuntu\`, \`almalinux\` or the \`cc\` variant of distroless, see [Supported job images](../README.md#supported-job-images); in an image with glibc, install libstdc++ (\`apt-get install -y libstdc++6\`, \`dnf install -y libstdc++\`). Neither gcompat nor libstdc++ of Alpine is enough: a binary for musl will come with the releases

<a id="not-in-path"></a>

### dexchange is not in PATH, or is not executable

| where | what it says |
| --- | --- |
| kubectl, for a name that it looks up in PATH | \`exec: executable dexchange not found\`, followed by the \`installHint\` of the kubeconfig |
| kubectl, for a path | \`exec: fork/exec /usr/local/bin/dexchange: permission denied\` |
| kubectl, for a binary of another architecture | \`exec: fork/exec /usr/local/bin/dexchange: exec format error\` |

- **the job image does not contain the binary, or its folder is not in PATH**
  - check: \`command -v dexchange\` prints nothing in the job
  - fix: see [Install it in a job](../README.md#install-it-in-a-job)
- **the file was downloaded or copied without its mode**
  - check: \`ls -l /usr/local/bin/dexchange\` shows no x
  - fix: make it executable, with mode 755
- **the binary is for another architecture**
  - check: \`uname -m\` differs from that of the machine that built the binary
  - fix: build the binary on a machine with the architecture of the runner
`;
