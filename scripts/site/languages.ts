/** The languages of the documentation. */
export type LanguageName = 'en' | 'ru';

/** The texts around the pages in one language. */
export interface Language {
  readonly label: string;
  readonly tag: string;
  readonly description: string;
  readonly home: string;
  readonly examples: string;
  readonly download: string;
  /** Stands above a page that exists only in English. */
  readonly untranslated: string;
  /** The texts of VitePress's own theme. */
  readonly theme: ThemeTexts;
  readonly search: SearchTexts;
}

interface ThemeTexts {
  readonly outlineLabel: string;
  readonly previous: string;
  readonly next: string;
  readonly appearance: string;
  readonly toLight: string;
  readonly toDark: string;
  readonly menu: string;
  readonly top: string;
  readonly languages: string;
  readonly skip: string;
  readonly notFoundTitle: string;
  readonly notFoundText: string;
  readonly notFoundLink: string;
}

interface SearchTexts {
  readonly button: string;
  readonly details: string;
  readonly reset: string;
  readonly back: string;
  readonly noResults: string;
  readonly select: string;
  readonly navigate: string;
  readonly close: string;
}

export const languages: Readonly<Record<LanguageName, Language>> = {
  en: {
    label: 'English',
    tag: 'en',
    description: 'A credential plugin for kubectl: the identity of a CI job becomes a credential',
    home: 'Overview',
    examples: 'Examples',
    download: 'Download',
    untranslated: '',
    theme: {
      outlineLabel: 'On this page',
      previous: 'Previous page',
      next: 'Next page',
      appearance: 'Appearance',
      toLight: 'Switch to the light theme',
      toDark: 'Switch to the dark theme',
      menu: 'Menu',
      top: 'Back to the top',
      languages: 'Change the language',
      skip: 'Skip to the content',
      notFoundTitle: 'page not found',
      notFoundText: 'This address has no page. Use the search or the menu.',
      notFoundLink: 'To the first page',
    },
    search: {
      button: 'Search',
      details: 'Show the text of the results',
      reset: 'Clear the search',
      back: 'Close the search',
      noResults: 'No results for',
      select: 'open',
      navigate: 'move',
      close: 'close',
    },
  },
  ru: {
    label: 'Русский',
    tag: 'ru',
    description:
      'Плагин учётных данных для kubectl: из удостоверения CI-задания — доступ к кластеру',
    home: 'Обзор',
    examples: 'Примеры',
    download: 'Скачать файл',
    untranslated: 'Эта страница пока есть только на английском языке.',
    theme: {
      outlineLabel: 'На этой странице',
      previous: 'Предыдущая страница',
      next: 'Следующая страница',
      appearance: 'Оформление',
      toLight: 'Включить светлую тему',
      toDark: 'Включить тёмную тему',
      menu: 'Меню',
      top: 'Наверх',
      languages: 'Сменить язык',
      skip: 'Перейти к содержанию',
      notFoundTitle: 'страница не найдена',
      notFoundText: 'По этому адресу страницы нет. Воспользуйтесь поиском или меню.',
      notFoundLink: 'На главную',
    },
    search: {
      button: 'Поиск',
      details: 'Показать текст найденного',
      reset: 'Очистить поиск',
      back: 'Закрыть поиск',
      noResults: 'Ничего не найдено по запросу',
      select: 'открыть',
      navigate: 'перейти',
      close: 'закрыть',
    },
  },
};
