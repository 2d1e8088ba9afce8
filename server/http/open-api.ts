// The OpenAPI 3.1 document, generated from the same tables that register the calls. OpenAPI 3.1 takes JSON
// Schema 2020-12 as it is, so zod's own generator is all it needs.
import type { z } from 'zod';
import { codes } from '../contract/errors.ts';
import { problem } from '../contract/rest.ts';
import type { OpenApiPart } from '../door.ts';
import { merge, type Schema, type Schemas, schemaOf } from './json-schema.ts';
import type { Route } from './route.ts';

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query', schemas: Schemas): unknown[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input', schemas) as {
    properties?: Schemas;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

const body = (schema: Schema, type = 'application/json') => ({ content: { [type]: { schema } } });

function operationOf(row: Route, tag: string, schemas: Schemas): Schema {
  const status = row.status ?? (row.response ? 200 : 204);
  return {
    tags: [tag],
    summary: row.summary,
    ...(row.open ? { security: [] } : {}),
    parameters: [...parametersOf(row.params, 'path', schemas), ...parametersOf(row.query, 'query', schemas)],
    ...(row.body
      ? { requestBody: { required: true, ...body(schemaOf(row.body, 'input', schemas), row.consumes) } }
      : {}),
    responses: {
      [status]: {
        description: 'done',
        ...(row.response ? body(schemaOf(row.response, 'output', schemas), row.type) : {}),
        ...(row.produces === undefined ? {} : body({ type: 'string', format: 'binary' }, row.produces)),
      },
      default: {
        description: 'a problem (RFC 9457)',
        ...body(schemaOf(problem, 'output', schemas), 'application/problem+json'),
      },
    },
  };
}

/** The part of one table, whose calls stand under `prefix`. */
export function openApiOf(rows: readonly Route[], prefix: string, tag: string): OpenApiPart {
  const paths: Record<string, Schema> = {};
  const schemas: Schemas = {};
  for (const row of rows) {
    const path = prefix + row.path;
    paths[path] = { ...paths[path], [row.method]: operationOf(row, tag, schemas) };
  }
  return { paths, schemas };
}

/** How errors are documented: every code that a REST call can answer with. */
const codeList = Object.entries(codes)
  .filter(([, { status }]) => status !== undefined)
  .map(([code, { status, text }]) => `| \`${code}\` | ${status} | ${text} |`)
  .join('\n');

/** The whole document. */
export function openApiDocument(parts: readonly OpenApiPart[], version: string, url: string): Schema {
  const paths: Record<string, unknown> = {};
  const schemas: Record<string, unknown> = {};
  for (const part of parts) {
    for (const [path, item] of Object.entries(part.paths)) merge(paths, path, item);
    for (const [name, schema] of Object.entries(part.schemas)) merge(schemas, name, schema);
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Parley',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: `Errors are problem documents (RFC 9457) with a stable \`code\`:\n\n| code | status | meaning |\n|---|---|---|\n${codeList}`,
    },
    servers: [{ url }],
    security: [{ openId: ['chat'] }, { accessToken: [] }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        openId: { type: 'openIdConnect', openIdConnectUrl: `${url}/auth/.well-known/openid-configuration` },
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
    },
  };
}
