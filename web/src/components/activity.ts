// Who is there and who is writing, in words: for the head of a conversation and its line in the list.
import type { Conversation } from '../../../server/contract/rest.ts';
import { whenInWords } from '../lib/time.ts';
import { myId, nameOf, partnerOf } from '../stores/conversations.ts';
import { live } from '../stores/live.ts';

const doing = { typing: 'typing…', recording: 'recording a voice message…' } as const;

/** "typing…", in a group "Ann is typing…"; empty when nobody is. */
export function writingWords(conversation: Conversation): string {
  const writing = [...(live.writing.get(conversation.id) ?? [])].filter(([user]) => user !== myId());
  const [one] = writing;
  if (!one) return '';
  if (conversation.kind === 'direct') return doing[one[1]];
  if (writing.length > 1) return `${writing.length} people are writing…`;
  return `${nameOf(conversation, one[0])} is ${doing[one[1]]}`;
}

export const isOnline = (conversation: Conversation): boolean => {
  const partner = partnerOf(conversation);
  return partner !== undefined && partner.id !== myId() && live.presences.get(partner.id)?.state === 'online';
};

/** "online", "last seen today at 10:20"; empty where it is not told. */
export function presenceWords(userId: string): string {
  const presence = live.presences.get(userId);
  if (!presence) return '';
  if (presence.state === 'offline') return presence.lastSeenAt ? `last seen ${whenInWords(presence.lastSeenAt)}` : '';
  return presence.state;
}
