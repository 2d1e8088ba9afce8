// The REST calls about one's own view of conversations and messages: settings, clearing, drafts, stars, search.
import type {
  Cleared,
  ConversationDraft,
  ListSettings,
  ListSettingsPatch,
  NewConversationDraft,
} from '../../server/contract/list-settings.ts';
import type { Starred } from '../../server/contract/rest-messages.ts';
import type { searchResult } from '../../server/contract/rest-search.ts';
import type { z } from 'zod';
import { call, get, list, type Query, segment } from './rest-call.ts';

export type SearchResult = z.infer<typeof searchResult>;

const conversation = (id: string) => `/conversations/${segment(id)}`;
const message = (id: string, seq: number) => `${conversation(id)}/messages/${seq}`;

export const listApi = {
  set: (id: string, patch: ListSettingsPatch) => call<ListSettings>('PATCH', `${conversation(id)}/settings`, patch),
  clear: (id: string, through: number) => call<Cleared>('POST', `${conversation(id)}/clear`, { through }),
  remove: (id: string, through: number) => call<Cleared>('POST', `${conversation(id)}/delete`, { through }),
  keepDraft: (id: string, draft: NewConversationDraft) =>
    call<ConversationDraft>('PUT', `${conversation(id)}/draft`, draft),

  hide: (id: string, seq: number) => call<undefined>('DELETE', message(id, seq)),
  star: (id: string, seq: number, starred: boolean) =>
    call<undefined>(starred ? 'PUT' : 'DELETE', `${message(id, seq)}/star`),
  stars: () => list<Starred>('/stars'),

  search: (query: Query) => get<SearchResult>('/search', query),
};
