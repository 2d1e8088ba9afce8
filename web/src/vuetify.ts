// The look: Vuetify with Parley's colours, light or dark as the system says, icons as SVG paths.
import 'vuetify/styles';
import { watchEffect } from 'vue';
import { createVuetify, type ThemeDefinition } from 'vuetify';
import { aliases, mdi } from 'vuetify/iconsets/mdi-svg';

// placeholders with a contrast of 4.5 (WCAG 1.4.3)
const readable = { 'medium-emphasis-opacity': 0.78 };

const light: ThemeDefinition = {
  dark: false,
  variables: readable,
  colors: {
    background: '#ffffff',
    surface: '#ffffff',
    'surface-light': '#f0f2f1',
    primary: '#0b6b5d',
    secondary: '#3c5a54',
    error: '#b3261e',
    bar: '#f0f2f1',
    backdrop: '#efeae3',
    mine: '#d6f3e4',
    theirs: '#ffffff',
    read: '#0369a1',
    quiet: '#57635f',
    note: '#fbf3d9',
    'on-note': '#4f4a38',
  },
};
const dark: ThemeDefinition = {
  dark: true,
  variables: readable,
  colors: {
    background: '#101917',
    surface: '#14201d',
    'surface-light': '#1f2d29',
    primary: '#4fd1b3',
    secondary: '#a7c4bc',
    error: '#ffb4ab',
    bar: '#1c2926',
    backdrop: '#0c1412',
    mine: '#0b443a',
    theirs: '#22312d',
    read: '#7cc8ff',
    quiet: '#a5b5b0',
    note: '#1a2623',
    'on-note': '#b9b6a3',
  },
};

export const vuetify = createVuetify({
  theme: { defaultTheme: 'system', themes: { light, dark } },
  icons: { defaultSet: 'mdi', aliases, sets: { mdi } },
});

type Head = () => { style: { textContent: string }[] };

/**
 * Takes the theme's colours from Vuetify in place of a <style> element (it looks for unhead's `usehead`): a
 * constructed sheet needs no 'unsafe-inline' in the content security policy.
 */
export const themeSheet = {
  push(head: Head) {
    const sheet = new CSSStyleSheet();
    document.adoptedStyleSheets.push(sheet);
    watchEffect(() => sheet.replaceSync(head().style[0]?.textContent ?? ''));
    // watchEffect follows the theme by itself
    return { patch: () => {} };
  },
};
