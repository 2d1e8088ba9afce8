// The REST calls of /api/chat, each by name. Components never call these: the stores do.
import type {
  Contact,
  ContactRequest,
  Conversation,
  FoundPerson,
  HistoryQuery,
  Person,
  Problem,
} from '../../server/contract/rest.ts';
import type { MessageEvent } from '../../server/contract/events.ts';
import type { MessageVersion } from '../../server/contract/rest.ts';
import type { Rules } from '../../server/contract/rest-rules.ts';
import { limits } from '../../server/contract/limits.ts';
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

type Query = Record<string, string | number | undefined>;

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

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const token = await accessToken();
  let response = await request(method, path, token, body);
  // once: the token may have been revoked, or the clocks disagree
  if (response.status === 401) response = await request(method, path, await accessToken(token), body);
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

const get = <T>(path: string, query: Query = {}) => call<T>('GET', `${path}${queryString(query)}`);

interface Page<T> {
  items: T[];
  next: string | null;
}

/** A whole list, page by page. */
async function list<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<T> = await get<Page<T>>(path, { limit: limits.page.max, cursor });
    items.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return items;
}

const segment = encodeURIComponent;

export const api = {
  me: () => get<Person>('/me'),
  findPeople: async (query: string) => (await get<Page<FoundPerson>>('/users', { query })).items,
  contacts: () => list<Contact>('/contacts'),
  contactRequests: () => list<ContactRequest>('/contact-requests'),
  requestContact: (user: string, note: string) => call<ContactRequest>('POST', '/contact-requests', { user, note }),
  acceptContact: (request: string) => call<unknown>('POST', `/contact-requests/${segment(request)}/accept`),
  declineContact: (request: string) => call<unknown>('POST', `/contact-requests/${segment(request)}/decline`),
  rules: () => get<Rules>('/rules'),
  conversations: () => list<Conversation>('/conversations'),
  conversation: (id: string) => get<Conversation>(`/conversations/${segment(id)}`),
  history: async (id: string, query: Partial<HistoryQuery>) =>
    (await get<{ items: MessageEvent[] }>(`/conversations/${segment(id)}/messages`, query)).items,
  versions: async (id: string, seq: number) =>
    (await get<{ items: MessageVersion[] }>(`/conversations/${segment(id)}/messages/${seq}/versions`)).items,
};
