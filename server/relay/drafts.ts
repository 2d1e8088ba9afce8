// Reading the body of a SEND: JSON, then the draft's schema; what is wrong is said with its place.
import { isUtf8 } from 'node:buffer';
import type { z } from 'zod';
import type { Code } from '../contract/errors.ts';
import { ParleyError } from '../errors.ts';

export function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new ParleyError('body-not-json', 'The body is not UTF-8.');
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new ParleyError('body-not-json', `The body is not JSON: ${(error as Error).message}`);
  }
}

/** Errors: `draft-invalid`, `unknown-kind`, `text-too-long`. */
export function readDraft<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  const path = issue.path.join('.');
  throw new ParleyError(codeOf(issue), path === '' ? issue.message : `${path}: ${issue.message}`);
}

function codeOf(issue: z.core.$ZodIssue): Code {
  if (issue.code === 'custom' && issue.params?.code) return issue.params.code as Code;
  if (issue.path[0] === 'kind' && issue.code === 'invalid_value') return 'unknown-kind';
  return 'draft-invalid';
}

/** For the refusal of a body, however broken. */
export function clientMessageIdOf(body: unknown): string | undefined {
  const id = (body as { clientMessageId?: unknown } | null | undefined)?.clientMessageId;
  return typeof id === 'string' ? id : undefined;
}
