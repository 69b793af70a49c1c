import type { Theme } from 'vitepress';
import theme from 'vitepress/theme-without-fonts';
import './style.css';

// Without fonts: those of the reader's system have all letters, and nothing has to be loaded.
const siteTheme: Theme = {
  extends: theme,
  enhanceApp: () => {
    if (import.meta.env.SSR) return;
    // VitePress limits queries to 64 letters. People paste whole error messages.
    document.addEventListener('focusin', ({ target }) => {
      if (target instanceof HTMLInputElement && target.id === 'localsearch-input') {
        target.removeAttribute('maxlength');
      }
    });
  },
};

export default siteTheme;
