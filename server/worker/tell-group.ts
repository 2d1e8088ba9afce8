// What the devices of a group are told of a change: its system messages, and an event for each thing that changed. All
// of it comes from the stored messages, so that a change that comes again is told again as it was.
import { eventJson, type MailboxEntry } from '../broker/wire.ts';
import type { Event, MessageEvent } from '../contract/events.ts';
import { type SystemContent, systemContent } from '../contract/group.ts';
import type { Db } from '../db.ts';
import { concerned } from './recipients.ts';

const memberEvents =
  (change: 'joined' | 'left' | 'removed' | 'role') =>
  (users: readonly string[], about: { conversation: string; by: string }, more: object = {}): Event[] =>
    users.map((user) => ({ type: 'member', user, change, ...about, ...more }));

function eventsOf(content: SystemContent, { conversation, sender: by }: MessageEvent): Event[] {
  const about = { conversation, by };
  switch (content.change) {
    case 'made':
      return [];
    case 'joined':
    case 'left':
    case 'removed':
      return memberEvents(content.change)(content.users, about);
    case 'role':
      return memberEvents('role')(content.users, about, { role: content.role });
    default:
      return [{ type: 'conversation', ...about, ...content }];
  }
}

/** Whoever comes hears of it before the first message; whoever goes, after the last. */
const GOING: ReadonlySet<SystemContent['change']> = new Set(['left', 'removed', 'dissolved']);

export async function tellGroup(db: Db, stored: readonly MessageEvent[]): Promise<MailboxEntry[]> {
  const entries: MailboxEntry[] = [];
  for (const message of stored) {
    const content = systemContent.parse(message.media);
    const { id, conversation, seq, sender } = message;
    const to = await concerned(db, conversation, seq);
    const said = { to, key: id, message: { conversation, seq, sender }, event: eventJson(message) };
    const changed = eventsOf(content, message).map((event, i) => ({
      to,
      key: `${id}.${i}`,
      event: eventJson(event),
    }));
    entries.push(...(GOING.has(content.change) ? [said, ...changed] : [...changed, said]));
  }
  return entries;
}
