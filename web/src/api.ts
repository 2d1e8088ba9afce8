// The REST calls of /api/chat, each by name. Components never call these: the stores do.
import type { Contact, ContactRequest, Conversation, FoundPerson, HistoryQuery } from '../../server/contract/rest.ts';
import type { MessageEvent } from '../../server/contract/events.ts';
import type { MessageVersion } from '../../server/contract/rest.ts';
import type { Rules } from '../../server/contract/rest-rules.ts';
import { call, get, list, type Page, segment } from './rest-call.ts';

export { ApiError } from './rest-call.ts';

export const api = {
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
