// How the web client is built: `npx vite build web` → web/dist, which the gateway serves at `/`.
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import vuetify from 'vite-plugin-vuetify';

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [vue(), vuetify({ autoImport: true })],
  // nothing is inlined as data: the content security policy allows files of this origin only
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
