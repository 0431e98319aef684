import { slug } from 'github-slugger';
import { defineConfig } from 'vitepress';
import { drawDiagrams } from './diagrams';
import { linkOutside } from './outside';
import { sidebar } from './sidebar';

export default defineConfig({
  title: 'Drawbridge',
  description: 'Automates Vercel deployment integration actions for Marketplace integration providers',
  lang: 'en',
  head: [['style', {}, '.diagram svg { max-width: 100%; height: auto }']],
  // A link to ../docs: what pages are compiled to asks for Vue, which is found from here.
  srcDir: 'docs',
  outDir: 'dist',
  cleanUrls: true,
  // Where the site is served: `/` of a host of its own, or `/name/` below another.
  base: process.env['SITE_BASE'] ?? '/',
  rewrites: { 'README.md': 'index.md', ':folder/README.md': ':folder/index.md' },
  markdown: {
    // As in the repository's own view of these pages, so that links to a heading hold in both.
    anchor: { slugify: slug },
    config(markdown) {
      drawDiagrams(markdown);
      linkOutside(markdown, process.env['SITE_REPOSITORY']);
    },
  },
  vite: { resolve: { preserveSymlinks: true } },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    sidebar: sidebar(),
  },
});
