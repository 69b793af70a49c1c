import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    // Tests mostly wait for processes and servers. The default leaves one core idle.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        // By itself: FIFOs put in the place of files can keep a worker from ending, and with it
        // the files that wait for their turn.
        extends: true,
        test: { name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], testTimeout: 60_000 },
      },
      {
        // The command-line suite runs twice: once from the sources, once against what is shipped.
        extends: true,
        test: {
          name: 'binary',
          include: ['test/binary/**/*.test.ts', 'test/integration/cli/**/*.test.ts'],
          env: { DEXCHANGE_TEST_TARGET: 'binary' },
          testTimeout: 60_000,
        },
      },
      {
        // Built and run by scripts/test-targets.ts.
        extends: true,
        test: {
          name: 'targets',
          include: ['test/targets/**/*.test.ts'],
          // QEMU on a busy machine.
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/harness/global-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 600_000,
        },
      },
      {
        // The site with the documentation, in a browser if there is one. See scripts/site.
        extends: true,
        test: {
          name: 'site',
          include: ['scripts/site/test/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        // What people do with the files of a release, which a global set-up makes.
        extends: true,
        test: {
          name: 'release',
          include: ['test/release/**/*.test.ts'],
          globalSetup: ['test/release/support/made-release.ts'],
          testTimeout: 180_000,
        },
      },
    ],
  },
});
