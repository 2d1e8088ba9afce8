// Whom one knows: contacts, requests in both directions, and people found by name.
import { computed, shallowReactive } from 'vue';
import type { Contact, ContactRequest, FoundPerson, Person } from '../../../server/contract/rest.ts';
import { api } from '../api.ts';

export const contacts = shallowReactive({
  accepted: [] as Contact[],
  requests: [] as ContactRequest[],
  found: [] as FoundPerson[],
});

const open = (direction: ContactRequest['direction']) =>
  contacts.requests.filter((request) => request.state === 'requested' && request.direction === direction);

/** Requests that wait for one's answer. */
export const incoming = computed(() => open('incoming'));
/** Whom one has asked, who has not answered yet. */
export const asked = computed(() => new Set(open('outgoing').map(({ user }) => user.id)));

/** One's own names for contacts. */
export const remarks = computed(
  () => new Map(contacts.accepted.flatMap(({ user, remark }) => (remark ? [[user.id, remark] as const] : []))),
);

/** What is known of a person from here. */
export function personOf(userId: string): Person | undefined {
  const known = [...contacts.accepted.map(({ user }) => user), ...contacts.found];
  return known.find(({ id }) => id === userId);
}

export async function loadContacts(): Promise<void> {
  [contacts.accepted, contacts.requests] = await Promise.all([api.contacts(), api.contactRequests()]);
}

let latest = 0;

/** People whose name begins so; an answer that comes after a newer question is dropped. */
export async function findPeople(query: string): Promise<void> {
  const turn = ++latest;
  const found = query.trim() ? await api.findPeople(query.trim()) : [];
  if (turn === latest) contacts.found = found;
}

export async function requestContact(user: string, note: string): Promise<void> {
  await api.requestContact(user, note);
  await loadContacts();
}

export async function answerRequest(request: string, answer: 'accept' | 'decline'): Promise<void> {
  await (answer === 'accept' ? api.acceptContact(request) : api.declineContact(request));
  await loadContacts();
}
