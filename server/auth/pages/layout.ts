// What every page has around it. No script, no inline style, nothing from another host: the CSP allows none.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { type Html, html } from './html.ts';

export const styles = fs.readFileSync(new URL('./pages.css', import.meta.url), 'utf8');
const version = createHash('sha256').update(styles).digest('base64url').slice(0, 10);

export interface Page {
  readonly title: string;
  readonly content: Html;
  /** the path of the issuer, such as `/auth` */
  readonly base: string;
}

const logo = html`<svg class="logo" viewBox="0 0 48 48" width="44" height="44" aria-hidden="true" focusable="false">
<path class="bubble" d="M24 5C13.2 5 4.5 12.7 4.5 22.3c0 4.9 2.3 9.3 6 12.4L8.6 43l9.2-4.3c2 .5 4 .8 6.2.8 10.8 0 19.5-7.7 19.5-17.2S34.8 5 24 5z"/>
<g class="lines"><path d="M15 18.5h18"/><path d="M15 26h11"/></g></svg>`;

export function layout({ title, content, base }: Page): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#008069">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#111b21">
<meta name="robots" content="noindex">
<title>${title} · Parley</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${base}/assets/pages.css?v=${version}">
</head>
<body>
<div class="page">
<header>${logo}<span>Parley</span></header>
<main>
<h1>${title}</h1>
${content}
</main>
</div>
</body>
</html>
`.text;
}
