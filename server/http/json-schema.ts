// JSON Schema for the documents (OpenAPI 3.1 and AsyncAPI 3 take 2020-12 as it is), made by zod from the schemas that
// check what comes and goes.
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

export type Schema = Record<string, unknown>;
export type Schemas = Record<string, Schema>;

/** JSON Schema of one zod schema; what has an id goes into `schemas` and is referred to. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Schemas): Schema {
  // wrapped, because the outermost schema is never turned into a reference
  const wrapped = z.toJSONSchema(z.array(schema), {
    io,
    override: ({ jsonSchema }) => {
      // `format` says it already, and the pattern is longer than the rest of the document
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      // the bounds of a JavaScript integer are nobody's business
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      // what we send may gain members: whoever reads it must not refuse them
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
    },
  }) as { items: Schema; $defs?: Schemas };
  const text = JSON.stringify({ items: wrapped.items, defs: wrapped.$defs ?? {} }).replaceAll(
    '#/$defs/',
    '#/components/schemas/',
  );
  const rewritten = JSON.parse(text) as { items: Schema; defs: Schemas };
  for (const [name, definition] of Object.entries(rewritten.defs)) merge(schemas, name, definition);
  return rewritten.items;
}

export function merge(into: Record<string, unknown>, name: string, value: unknown): void {
  if (name in into && !isDeepStrictEqual(into[name], value)) throw new Error(`two different schemas are named ${name}`);
  into[name] = value;
}
