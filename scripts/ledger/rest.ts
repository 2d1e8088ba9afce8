// The REST calls that people make here, each with her own token.
import type { MessageEvent } from '../../server/contract/events.ts';
import { limits } from '../../server/contract/limits.ts';

export interface Answer {
  readonly status: number;
  // whatever the call answers: each caller knows what she asked for
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export type Call = (token: string, method: string, path: string, body?: unknown) => Promise<Answer>;

/** `url`: of the gateway. What gets no answer counts as not ready. */
export const callerOf =
  (url: string): Call =>
  async (token, method, path, body) => {
    try {
      const response = await fetch(`${url}/api/chat${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    } catch (error) {
      return { status: 0, body: { code: 'not-ready', detail: (error as Error).message } };
    }
  };

/** All of a conversation that its reader may see, ascending; nothing where it is none for her. */
export async function historyOf(call: Call, token: string, conversation: string): Promise<MessageEvent[]> {
  const all: MessageEvent[] = [];
  for (;;) {
    const after = all.at(-1)?.seq ?? 0;
    const path = `/conversations/${conversation}/messages?limit=${limits.page.max}&after=${after}`;
    const { status, body } = await call(token, 'GET', path);
    if (status === 404) return all;
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    const { items } = body as { items: MessageEvent[] };
    if (items.length === 0) return all;
    all.push(...items);
  }
}

/** What somebody finds by a word in a conversation, so many pages of it. */
export async function foundOf(call: Call, token: string, conversation: string, q: string, pages: number) {
  const found: MessageEvent[] = [];
  let cursor = '';
  for (let page = 0; page < pages; page++) {
    const path = `/search?q=${q}&conversation=${conversation}&limit=${limits.page.max}${cursor}`;
    const { status, body } = await call(token, 'GET', path);
    if (status === 404) return found;
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    const { items, next } = body as { items: { message: MessageEvent }[]; next: string | null };
    found.push(...items.map(({ message }) => message));
    if (next === null) return found;
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
  return found;
}
