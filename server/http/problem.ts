// How HTTP says no: RFC 9457 problem documents. Every error that reaches a client passes through here, so that
// what is a defect is logged with its stack and shows the client nothing but `internal`.
import type { ErrorRequestHandler, Response } from 'express';
import { ZodError } from 'zod';
import { type Code, codes } from '../contract/errors.ts';
import type { Problem } from '../contract/rest.ts';
import { ParleyError } from '../errors.ts';
import type { Log } from '../log.ts';

type Issue = NonNullable<Problem['errors']>[number];

/** `request-invalid` that names what is wrong with which part (`body`, `query`, `params`). */
export class RequestInvalid extends ParleyError {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super('request-invalid');
    this.issues = issues;
  }

  static of(error: ZodError, part?: string): RequestInvalid {
    const path = (keys: PropertyKey[]) => [...(part === undefined ? [] : [part]), ...keys.map(String)].join('.');
    return new RequestInvalid(error.issues.map((issue) => ({ path: path(issue.path), message: issue.message })));
  }
}

/** What Express and its body parser throw: errors with a status and a type. */
const parserErrors: Record<string, Code> = {
  'entity.parse.failed': 'body-not-json',
  'entity.too.large': 'too-large',
};

function asParleyError(error: unknown): ParleyError | undefined {
  if (error instanceof ParleyError) return error;
  if (error instanceof ZodError) return RequestInvalid.of(error);
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  const code = typeof type === 'string' ? parserErrors[type] : undefined;
  if (code) return new ParleyError(code);
  if (typeof status === 'number' && status >= 400 && status < 500) return new ParleyError('request-invalid');
  return undefined;
}

function documentOf(known: ParleyError): Problem {
  const { text, status = 500 } = codes[known.code];
  return {
    type: `/api/problems#${known.code}`,
    title: text,
    status,
    code: known.code,
    ...(known.message === text ? {} : { detail: known.message }),
    ...(known instanceof RequestInvalid ? { errors: [...known.issues] } : {}),
  };
}

/** The problem document of an error; undefined: the error is a defect, not an answer. */
export function problemOf(error: unknown): Problem | undefined {
  const known = asParleyError(error);
  return known && documentOf(known);
}

/** RFC 6750 §3: a 401 says which scheme is wanted, and whether a token came at all. */
const challenge = (code: string) => `Bearer realm="parley"${code === 'token-missing' ? '' : ', error="invalid_token"'}`;

export function sendProblem(res: Response, error: unknown, log?: Log): void {
  const found = problemOf(error);
  if (!found) log?.error({ err: error, method: res.req.method, path: res.req.originalUrl.split('?')[0] }, 'defect');
  if (res.headersSent) {
    // half an answer is out: cutting it off is the only way left to say that it is not whole
    res.destroy();
    return;
  }
  const body = found ?? documentOf(new ParleyError('internal'));
  if (body.status === 401) res.set('WWW-Authenticate', challenge(body.code));
  res.status(body.status).type('application/problem+json').send(JSON.stringify(body));
}

/** The last handler of an Express app or router. */
export const problems =
  (log: Log): ErrorRequestHandler =>
  (error, _req, res, _next) =>
    sendProblem(res, error, log);
