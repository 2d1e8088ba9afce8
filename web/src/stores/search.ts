// What is looked for: messages, people and groups, everywhere or in one conversation.
import { shallowReactive } from 'vue';
import { listApi, type SearchResult } from '../api-list.ts';

export interface Search {
  /** what `result` is of */
  query: string;
  items: SearchResult['items'];
  people: SearchResult['people'];
  next: string | null;
  busy: boolean;
}

const nothing = () => ({ query: '', items: [], people: [], next: null, busy: false });

/** A search that goes on as one types: an answer that comes after a newer question is dropped. */
export function newSearch(conversation?: string) {
  const search = shallowReactive<Search>(nothing());
  let latest = 0;

  async function find(query: string): Promise<void> {
    const turn = ++latest;
    const wanted = query.trim();
    if (!wanted) return void Object.assign(search, nothing());
    search.busy = true;
    try {
      const { items, people, next } = await listApi.search({ q: wanted, conversation });
      if (turn === latest) Object.assign(search, { query: wanted, items, people, next });
    } finally {
      if (turn === latest) search.busy = false;
    }
  }

  async function more(): Promise<void> {
    const turn = latest;
    if (search.next === null || search.busy) return;
    search.busy = true;
    try {
      const { items, next } = await listApi.search({ q: search.query, conversation, cursor: search.next });
      if (turn === latest) Object.assign(search, { items: [...search.items, ...items], next });
    } finally {
      search.busy = false;
    }
  }
  return { search, find, more };
}
