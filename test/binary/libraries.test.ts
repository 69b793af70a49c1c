import { expect, test } from 'vitest';
import { allowedLibraries } from './allowed-libraries.ts';
import { elfNeeds } from './elf.ts';
import { binary } from './shipped.ts';

test.skipIf(process.platform !== 'linux')('needs only libraries that job images contain', () => {
  const { libraries } = elfNeeds(binary);
  expect(libraries).toContain('libc.so.6');
  expect(libraries.filter((name) => !allowedLibraries.includes(name))).toEqual([]);
});

// The versions in Debian 10 and RHEL 8: glibc 2.28, libstdc++ and libgcc of GCC 8.
test.skipIf(process.platform !== 'linux').each([
  ['GLIBC', '2.28'],
  ['GLIBCXX', '3.4.25'],
  ['CXXABI', '1.3.11'],
  ['GCC', '7.0.0'],
])('needs no %s newer than %s', (family, newest) => {
  const { versions } = elfNeeds(binary);
  const required = versions
    .filter((version) => version.startsWith(`${family}_`))
    .map((version) => version.slice(family.length + 1));
  expect(required.length).toBeGreaterThan(0);
  expect(required.filter((version) => compareVersions(version, newest) > 0)).toEqual([]);
});

function compareVersions(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
