import { defineConfig } from 'vite';

/** The Drawbridge whose API `vite web` uses. */
const SERVER = 'http://127.0.0.1:3000';

export default defineConfig({
  base: '/console/',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    // The content policy forbids inline scripts. Browsers with light-dark() support module preloading.
    modulePreload: { polyfill: false },
    target: 'es2023',
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { proxy: { '/api': SERVER, '/console/sign-in.json': SERVER } },
});
