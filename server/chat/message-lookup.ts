// Which message an id is, for a member who may see it. Asked for many at once and not kept: roles, recalls and edits
// change, and an action is rare beside a message.
import type { Context } from '../context.ts';
import { ParleyError } from '../errors.ts';
import { Batcher } from '../lib/batcher.ts';
import type { Acted } from './message-rules.ts';

interface Question {
  readonly user: string;
  readonly id: string;
  readonly answer: (acted: Acted | undefined) => void;
  readonly failed: (error: unknown) => void;
}

const FIND = `
SELECT q.ord::int AS ord, q.by, m.conversation_id AS conversation, m.seq, m.sender_id AS sender, m.sent_at AS "sentAt",
  m.recalled_at IS NOT NULL AS recalled, m.kind = 'system' AS system, a.role::text AS role, c.kind::text AS kind,
  CASE WHEN m.edited_at IS NULL THEN 0 ELSE (
    SELECT count(*)::int FROM message_edit e WHERE e.conversation_id = m.conversation_id AND e.seq = m.seq
  ) END AS edits,
  CASE WHEN m.kind = 'poll' AND m.recalled_at IS NULL THEN json_build_object(
    'options', jsonb_array_length(m.media->'options'), 'multiple', coalesce((m.media->>'multiple')::boolean, false),
    'closed', m.media->>'closedAt' IS NOT NULL) END AS poll
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS q(by, id, ord)
JOIN message m ON m.id = q.id AND m.expired IS NULL AND (m.expires_at IS NULL OR m.expires_at > now())
JOIN member a ON a.conversation_id = m.conversation_id AND a.user_id = q.by AND a.joined_seq < m.seq
JOIN conversation c ON c.id = m.conversation_id`;

export class MessageLookup {
  readonly #questions: Batcher<Question>;

  constructor(context: Pick<Context, 'db'>) {
    this.#questions = new Batcher<Question>({
      outstanding: 2,
      maxEntries: 500,
      maxBytes: Number.POSITIVE_INFINITY,
      flush: (batch) => this.#ask(context, batch),
    });
  }

  /** Errors: `no-such-message`, also where the user may not see it. */
  async find(user: string, id: string): Promise<Acted> {
    const acted = await new Promise<Acted | undefined>((answer, failed) =>
      this.#questions.add({ user, id, answer, failed }),
    );
    if (!acted) throw new ParleyError('no-such-message');
    return acted;
  }

  async #ask({ db }: Pick<Context, 'db'>, batch: readonly Question[]): Promise<void> {
    try {
      const rows = await db.$queryRawUnsafe<(Acted & { ord: number })[]>(
        FIND,
        batch.map(({ user }) => user),
        batch.map(({ id }) => id),
      );
      const found = new Map(rows.map((row) => [row.ord, row]));
      for (const [place, { answer }] of batch.entries()) answer(found.get(place + 1));
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  }
}
