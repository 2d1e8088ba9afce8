// What messages answer, as their events carry it: read after they are stored, so that what was recalled before is in no
// event after. Who may not see the message that is answered gets the event without it.
import type { MailboxEntry } from '../broker/wire.ts';
import { QUOTE } from '../chat/message-row.ts';
import type { Quote } from '../contract/events.ts';
import type { Db } from '../db.ts';

interface Found {
  readonly ord: number;
  readonly quote: Quote;
  /** who may see it */
  readonly seenBy: readonly string[];
}

const READ = `
SELECT i.ord::int AS ord, ${QUOTE} AS quote,
  ARRAY(
    SELECT user_id FROM member b WHERE b.conversation_id = q.conversation_id AND b.joined_seq < q.seq
    UNION SELECT user_id FROM former_member f
    WHERE f.conversation_id = q.conversation_id AND f.joined_seq < q.seq AND q.seq <= f.left_seq
  ) AS "seenBy"
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS i(conversation, id, ord)
JOIN message q ON q.id = i.id AND q.conversation_id = i.conversation AND q.recalled_at IS NULL`;

/** An entry of a message, and what it answers, if anything. */
export interface Answering {
  readonly entry: MailboxEntry;
  readonly replyTo: string | undefined;
}

/** The entries as they are told, in their order. Where nothing answers anything, nothing is asked. */
export async function withQuotes(db: Db, answering: readonly Answering[]): Promise<MailboxEntry[]> {
  const asked = answering.filter(({ replyTo, entry }) => replyTo !== undefined && entry.message !== undefined);
  if (asked.length === 0) return answering.map(({ entry }) => entry);
  const rows = await db.$queryRawUnsafe<Found[]>(
    READ,
    asked.map(({ entry }) => entry.message?.conversation),
    asked.map(({ replyTo }) => replyTo),
  );
  const found = new Map(rows.map((row) => [asked[row.ord - 1]?.entry, row]));
  return answering.flatMap(({ entry }) => {
    const row = found.get(entry);
    return row ? told(entry, row) : [entry];
  });
}

function told(entry: MailboxEntry, { quote, seenBy }: Found): MailboxEntry[] {
  const seeing = new Set(seenBy);
  const event = `${entry.event.slice(0, -1)},"quote":${JSON.stringify(quote)}}`;
  const parts = [
    { ...entry, event, to: entry.to.filter((userId) => seeing.has(userId)) },
    { ...entry, to: entry.to.filter((userId) => !seeing.has(userId)) },
  ];
  return parts.filter(({ to }) => to.length > 0);
}
