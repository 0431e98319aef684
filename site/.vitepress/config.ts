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
  // A symbolic link to ../docs, because compiled pages import Vue, which resolves from this folder.
  srcDir: 'docs',
  outDir: 'dist',
  cleanUrls: true,
  // The path of the site: `/` on its own host, or `/name/` on another.
  base: process.env['SITE_BASE'] ?? '/',
  rewrites: { 'README.md': 'index.md', ':folder/README.md': ':folder/index.md' },
  markdown: {
    // The same anchors as GitHub's view of these pages, so that links to headings work in both.
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
