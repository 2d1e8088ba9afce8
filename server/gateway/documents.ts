// What the API says about itself: /api/openapi.json, merged from the doors; /api/asyncapi.json; /api/docs, Swagger UI served from
// here; /api/problems, where the `type` of a problem document leads.
import { createRequire } from 'node:module';
import path from 'node:path';
import express, { type RequestHandler, Router } from 'express';
import type { Config } from '../config.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { codes } from '../contract/errors.ts';
import type { Door } from '../door.ts';
import { asyncApiDocument } from '../http/async-api.ts';
import { openApiDocument } from '../http/open-api.ts';
import { pageHeaders } from './headers.ts';

const SWAGGER_UI = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));

const page = (title: string, content: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="/api/docs/favicon-32x32.png">
${content}
</html>
`;

const docsPage = page(
  'Parley API',
  `<link rel="stylesheet" href="/api/docs/swagger-ui.css">
<script defer src="/api/docs/swagger-ui-bundle.js"></script>
<script defer src="/api/docs/start.js"></script>
</head>
<body><div id="docs"></div></body>`,
);

// a file of its own, because the page's policy allows no script in it
const startScript =
  "SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });\n";

const problemRows = Object.entries(codes)
  .filter(([, { status }]) => status !== undefined)
  .map(([code, { status, text }]) => `<tr id="${code}"><td><code>${code}</code><td>${status}<td>${text}`)
  .join('\n');

const problemsPage = page(
  'Parley: problems',
  `<style>body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 55rem; padding: 0 1rem }
td, th { padding: .25rem 1rem .25rem 0; text-align: left; vertical-align: top } :target { background: #fff3b0 }</style>
</head>
<body><h1>Problems</h1>
<p>What the API answers when it says no: problem documents (RFC 9457). <code>code</code> is stable.</p>
<table><thead><tr><th>code<th>status<th>meaning</thead>
<tbody>
${problemRows}
</tbody></table></body>`,
);

export function documents(config: Pick<Config, 'PUBLIC_URL'>, doors: readonly Door[]): RequestHandler {
  const parts = doors.flatMap(({ openApi }) => openApi ?? []);
  const document = JSON.stringify(openApiDocument(parts, packageJson.version, config.PUBLIC_URL));
  const router = Router();
  const stomp = JSON.stringify(asyncApiDocument(packageJson.version, config.PUBLIC_URL));
  router.get('/asyncapi.json', (_req, res) => {
    res.type('json').send(stomp);
  });
  router.get('/openapi.json', (_req, res) => {
    res.type('json').send(document);
  });
  router.use(['/docs', '/problems'], pageHeaders(config));
  router.get('/docs', (_req, res) => {
    res.type('html').send(docsPage);
  });
  router.get('/problems', (_req, res) => {
    res.type('html').send(problemsPage);
  });
  router.get('/docs/start.js', (_req, res) => {
    res.type('js').send(startScript);
  });
  router.use('/docs', express.static(SWAGGER_UI, { index: false, maxAge: '1d' }));
  return router;
}
