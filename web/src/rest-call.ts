// How the REST calls of this server are made: with the token of who is signed in, and errors as problem documents.
import { limits } from '../../server/contract/limits.ts';
import type { Problem } from '../../server/contract/rest.ts';
import { accessToken } from './stores/session.ts';

/** A problem document (RFC 9457), or what stands for one when the server did not answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly status: number;

  constructor({ code, status, title, detail }: Pick<Problem, 'code' | 'status' | 'title' | 'detail'>) {
    super(detail ?? title);
    this.code = code;
    this.status = status;
  }
}

const unreachable = () => new ApiError({ code: 'unreachable', status: 0, title: 'The server cannot be reached.' });

async function problemOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const { code = 'internal', title = `The server answered ${response.status}.`, detail } = problem;
  return new ApiError({ code, title, status: response.status, ...(detail !== undefined && { detail }) });
}

export type Query = Record<string, string | number | undefined>;

const queryString = (query: Query) => {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return given.length > 0 ? `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}` : '';
};

async function request(method: string, path: string, token: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', authorization: `Bearer ${token}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    return await fetch(`/api/chat${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch {
    throw unreachable();
  }
}

async function answered(method: string, path: string, body?: unknown): Promise<Response> {
  const token = await accessToken();
  let response = await request(method, path, token, body);
  // once: the token may have been revoked, or the clocks disagree
  if (response.status === 401) response = await request(method, path, await accessToken(token), body);
  if (!response.ok) throw await problemOf(response);
  return response;
}

export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const response = await answered(method, path, body);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** What is no JSON: a picture. */
export const fetchBlob = async (path: string): Promise<Blob> => (await answered('GET', path)).blob();

export const get = <T>(path: string, query: Query = {}) => call<T>('GET', `${path}${queryString(query)}`);

export interface Page<T> {
  items: T[];
  next: string | null;
}

/** A whole list, page by page. */
export async function list<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<T> = await get<Page<T>>(path, { limit: limits.page.max, cursor });
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}

export const segment = encodeURIComponent;
