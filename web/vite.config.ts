import { defineConfig } from 'vite';

/** `/api` of a Drawbridge that runs beside `vite web`. */
const SERVER = 'http://127.0.0.1:3000';

export default defineConfig({
  base: '/console/',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The policy of the pages allows no script but ours; every browser with light-dark() knows modules.
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { proxy: { '/api': SERVER, '/console/sign-in.json': SERVER } },
});
