// Mentioning members of a group: "@" and how a name begins, and whom a text mentions.
import type { Conversation, Person } from '../../../../server/contract/rest.ts';
import { limits } from '../../../../server/contract/limits.ts';
import { others } from '../../stores/conversations.ts';

export interface Mention {
  /** where the "@" stands */
  from: number;
  people: Person[];
}

const MOST = 6;
const BEGUN = /(?:^|\s)@([^\s@]{0,32})$/u;

const people = (conversation: Conversation) => others(conversation).map(({ user }) => user);

/** A mention that is being written just before `caret`. */
export function mentionBegun(conversation: Conversation, text: string, caret: number): Mention | undefined {
  if (conversation.kind !== 'group') return undefined;
  const begun = BEGUN.exec(text.slice(0, caret))?.[1];
  if (begun === undefined) return undefined;
  const wanted = begun.toLocaleLowerCase();
  const found = people(conversation).filter(({ displayName, username }) =>
    [...displayName.split(' '), username].some((word) => word.toLocaleLowerCase().startsWith(wanted)),
  );
  return found.length > 0 ? { from: caret - begun.length - 1, people: found.slice(0, MOST) } : undefined;
}

export function mentionsIn(conversation: Conversation, text: string): string[] {
  if (conversation.kind !== 'group' || !text.includes('@')) return [];
  const mentioned = people(conversation).filter(({ displayName }) => text.includes(`@${displayName}`));
  return mentioned.map(({ id }) => id).slice(0, limits.mentions);
}
