// How polls stand after a round of votes: read behind it, so that each event tells what counts now.
import { VOTES } from '../chat/message-row.ts';
import type { PollEvent } from '../contract/events.ts';
import type { Db } from '../db.ts';

export type Standing = Pick<PollEvent, 'votes' | 'closedAt'>;

const READ = `
SELECT m.id, ${VOTES} AS votes, m.media->>'closedAt' AS "closedAt"
FROM unnest($1::text[], $2::int[]) AS i(conversation, seq)
JOIN message m ON m.conversation_id = i.conversation AND m.seq = i.seq`;

interface Row {
  readonly id: string;
  readonly votes: PollEvent['votes'] | null;
  readonly closedAt: string | null;
}

/** By the message's id. */
export async function pollsOf(
  db: Db,
  polls: readonly { readonly conversation: string; readonly seq: number }[],
): Promise<Map<string, Standing>> {
  if (polls.length === 0) return new Map();
  const rows = await db.$queryRawUnsafe<Row[]>(
    READ,
    polls.map(({ conversation }) => conversation),
    polls.map(({ seq }) => seq),
  );
  return new Map(
    rows.map(({ id, votes, closedAt }) => [id, { votes: votes ?? [], ...(closedAt === null ? {} : { closedAt }) }]),
  );
}
