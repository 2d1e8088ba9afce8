// REST as tables: a row is one call, and the same row registers it, checks what comes in, keeps back what it
// does not promise to send, and documents itself (server/http/open-api.ts). No row is reached without a token.
import { json, type Request, type RequestHandler, type Response, Router } from 'express';
import { z } from 'zod';
import { ParleyError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Identity } from '../people/access-token.ts';
import { problems, RequestInvalid } from './problem.ts';

/** Handlers that stream know them by these names. */
export type { Request, Response };

export type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete';
type Output<T> = T extends z.ZodType ? z.output<T> : undefined;

/** What a handler is called with: checked, and from the token alone who asks. */
export interface Call<P, Q, B> {
  readonly identity: Identity;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
}

interface Row<P, Q, B, R> {
  readonly method: Method;
  /** in OpenAPI's form: `/contacts/{userId}` */
  readonly path: string;
  readonly summary: string;
  /** without it: 200, or 204 where there is no `response` */
  readonly status?: number;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly response?: R;
  /** of what it answers, a text then; without it: JSON */
  readonly type?: string;
  /** what the body is, where it is no JSON: the handler reads it from the request, `body` is for the documents alone */
  readonly consumes?: string;
  /** what the answer is, where it is no JSON (bytes) or another's wire (tus): the handler writes it */
  readonly produces?: string;
  /** the documents say that it needs no token: what it is identified by stands in its URL */
  readonly open?: true;
}

/** The request and its answer themselves, for handlers that stream. */
export interface Wire {
  readonly req: Request;
  readonly res: Response;
}

/** A row of a table, its types forgotten. */
export interface Route extends Row<z.ZodType, z.ZodType, z.ZodType, z.ZodType> {
  readonly handle: (call: Call<never, never, never>, wire: Wire) => Promise<unknown>;
}

/** A row whose handler is checked against its schemas. */
export function route<
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
  R extends z.ZodType | undefined = undefined,
>(
  row: Row<P, Q, B, R> & {
    readonly handle: (
      call: Call<Output<P>, Output<Q>, Output<B>>,
      wire: Wire,
    ) => Promise<R extends z.ZodType ? z.input<R> : void>;
  },
): Route {
  return row;
}

export interface RouterOptions {
  readonly log: Log;
  /** Whose request this is; throws `token-…` problems. */
  readonly identify: (request: Request) => Promise<Identity>;
  /** Throws `too-many-requests`. */
  readonly admit?: (identity: Identity, res: Response) => Promise<void>;
  readonly bodyLimit: string;
}

function check<T extends z.ZodType>(schema: T | undefined, part: string, value: unknown): z.output<T> | undefined {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw RequestInvalid.of(result.error, part);
  return result.data;
}

/** Only what the row's schema names leaves the server, whatever the handler returned. */
function shown(row: Route, value: unknown): unknown {
  const result = (row.response as z.ZodType).safeParse(value);
  if (result.success) return result.data;
  throw new Error(`the answer of ${row.method} ${row.path} breaks its schema: ${z.prettifyError(result.error)}`);
}

/** Who asks comes before everything: a stranger does not get us to read a body. */
const gate =
  ({ identify, admit }: RouterOptions): RequestHandler =>
  async (req, res, next) => {
    res.set('Cache-Control', 'no-store');
    const identity = await identify(req);
    await admit?.(identity, res);
    res.locals.identity = identity;
    next();
  };

const answer =
  (row: Route): RequestHandler =>
  async (req, res) => {
    const call = {
      identity: res.locals.identity as Identity,
      params: check(row.params, 'params', req.params),
      query: check(row.query, 'query', req.query),
      body: row.consumes === undefined ? check(row.body, 'body', req.body) : undefined,
    };
    const value = await row.handle(call as unknown as Call<never, never, never>, { req, res });
    if (row.produces !== undefined) return;
    if (row.response && row.type)
      res
        .status(row.status ?? 200)
        .type(row.type)
        .send(shown(row, value));
    else if (row.response) res.status(row.status ?? 200).json(shown(row, value));
    else res.status(row.status ?? 204).end();
  };

const expressPath = (path: string) => path.replace(/\{(\w+)\}/g, ':$1');

/** The Express router of a table: its calls, then 405 for a known path, 404 for any other. */
export function routerOf(rows: readonly Route[], options: RouterOptions): Router {
  const router = Router({ caseSensitive: true });
  // whatever it calls itself: there is nothing else that a body can be
  const parse = json({ limit: options.bodyLimit, type: () => true });
  router.use(gate(options));
  for (const row of rows)
    router[row.method](expressPath(row.path), ...(row.body && row.consumes === undefined ? [parse] : []), answer(row));
  for (const path of new Set(rows.map((row) => row.path))) {
    const methods = rows.filter((row) => row.path === path).map((row) => row.method.toUpperCase());
    const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
    router.all(expressPath(path), (_req, res) => {
      res.set('Allow', allow);
      throw new ParleyError('method-not-allowed');
    });
  }
  router.use(() => {
    throw new ParleyError('not-found');
  });
  router.use(problems(options.log));
  return router;
}
