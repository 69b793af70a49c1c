import type { LanguageName } from './languages.ts';

/** A group of the sidebar: its title, and the documents in it by their path in the repository. */
export interface SidebarGroup {
  readonly title: Readonly<Record<LanguageName, string>>;
  readonly documents: readonly string[];
}

/**
 * The sidebar, in the order in which readers need the pages. A document that does not exist is left
 * out. The label of a page is its first heading, in the language of the reader if it is translated.
 */
export const sidebar: readonly SidebarGroup[] = [
  {
    title: { en: 'Start', ru: 'Начало работы' },
    documents: [
      'README.md',
      'docs/how-it-works.md',
      'docs/install.md',
      'docs/guide.md',
      'docs/migrate.md',
      'docs/ci-systems.md',
    ],
  },
  {
    title: { en: 'How to', ru: 'Практика' },
    documents: [
      'docs/troubleshooting.md',
      'docs/explain.md',
      'docs/clients.md',
      'docs/exec.md',
      'docs/agent.md',
      'docs/identity.md',
      'docs/fleet.md',
      'examples',
    ],
  },
  {
    title: { en: 'Reference', ru: 'Справочник' },
    documents: [
      'docs/settings.md',
      'docs/errors.md',
      'docs/methods.md',
      'docs/cache.md',
      'SECURITY.md',
      'docs/performance.md',
      'CHANGELOG.md',
    ],
  },
  {
    title: { en: 'Internals', ru: 'Внутреннее устройство' },
    documents: [
      'CONTRIBUTING.md',
      'docs/architecture.md',
      'docs/dependencies.md',
      'docs/releasing.md',
    ],
  },
];

/** The documents in the bar at the top. */
export const topDocuments: readonly string[] = [
  'docs/guide.md',
  'docs/troubleshooting.md',
  'docs/settings.md',
];
