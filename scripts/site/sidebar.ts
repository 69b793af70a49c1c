import type { LanguageName } from './languages.ts';

/** A group of the sidebar. */
export interface SidebarGroup {
  readonly title: Readonly<Record<LanguageName, string>>;
  /**
   * The documents by their path in the repository, each with its label in Russian as long as it is
   * not translated.
   */
  readonly documents: Readonly<Record<string, string>>;
}

/**
 * The sidebar, in the order in which readers need the pages. A document that does not exist is left
 * out. The label of a page is its first heading, in the language of the reader if it is translated.
 */
export const sidebar: readonly SidebarGroup[] = [
  {
    title: { en: 'Start', ru: 'Начало работы' },
    documents: {
      'README.md': 'Обзор',
      'docs/how-it-works.md': 'Как это работает',
      'docs/install.md': 'Установка',
      'docs/guide.md': 'Доступ для CI/CD',
      'docs/migrate.md': 'Переход на dexchange',
      'docs/ci-systems.md': 'Удостоверение CI-задания',
    },
  },
  {
    title: { en: 'How to', ru: 'Практика' },
    documents: {
      'docs/troubleshooting.md': 'Решение проблем',
      'docs/explain.md': 'Диагностика',
      'docs/clients.md': 'Клиенты',
      'docs/exec.md': 'Много вызовов с одними учётными данными',
      'docs/agent.md': 'Учётные данные для задания, sidecar или службы',
      'docs/identity.md': 'Без Dex: токен CI как учётные данные',
      'docs/fleet.md': 'Много заданий и нагрузка на Dex',
      examples: 'Примеры',
    },
  },
  {
    title: { en: 'Reference', ru: 'Справочник' },
    documents: {
      'docs/settings.md': 'Настройки',
      'docs/errors.md': 'Ошибки и коды выхода',
      'docs/methods.md': 'Сравнение методов',
      'docs/cache.md': 'Кеш',
      'SECURITY.md': 'Безопасность',
      'docs/performance.md': 'Производительность',
      'CHANGELOG.md': 'Изменения',
    },
  },
  {
    title: { en: 'Internals', ru: 'Внутреннее устройство' },
    documents: {
      'CONTRIBUTING.md': 'Участие в разработке',
      'docs/architecture.md': 'Архитектура',
      'docs/dependencies.md': 'Зависимости',
      'docs/releasing.md': 'Выпуск версии',
    },
  },
];

/** The documents in the bar at the top. */
export const topDocuments: readonly string[] = [
  'docs/guide.md',
  'docs/troubleshooting.md',
  'docs/settings.md',
];
