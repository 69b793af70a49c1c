import theme from 'vitepress/theme-without-fonts';
import './style.css';

// Fonts of the reader's system: they have all letters, and nothing has to be loaded.
export default theme;
