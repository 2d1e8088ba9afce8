// The web client's first lines: theme, routes, the page.
import { createApp } from 'vue';
import App from './App.vue';
import { router } from './router.ts';
import './style.css';
import { themeSheet, vuetify } from './vuetify.ts';

// the theme's colours come first: Vuetify looks for this when it is installed
createApp(App).provide('usehead', themeSheet).use(vuetify).use(router).mount('#app');
