// Edits, recalls and reactions: a batch of them in their order, in as few statements as that allows. Safe to repeat:
// what is done already changes nothing. What has become impossible (the message was recalled, the member has left) is
// dropped, and nothing is told of it. Nothing here publishes.
import type { ActionEnvelope, InboundEntry, MailboxEntry } from '../broker/wire.ts';
import { eventJson } from '../broker/wire.ts';
import { limits } from '../contract/limits.ts';
import type { Db } from '../db.ts';
import { pollsOf, type Standing } from './polls.ts';

export type ActionEntry = Extract<InboundEntry, { kind: 'action' }>;
type Action = ActionEnvelope['action'];

/** What was changed, or stands changed already. */
interface Changed {
  readonly action: string;
  readonly id: string;
  readonly conversation: string;
  readonly seq: number;
  readonly by: string;
  readonly at: Date;
  readonly text: string | null;
  /** the members who may see the message */
  readonly to: readonly string[];
  /** of an edit: its text goes with the message */
  readonly expiresAt?: Date | null;
  readonly standing?: Standing | undefined;
}

/* $1: the actions as a JSON array. Rows are locked in their order: two workers may both believe to own a shard. */
const DUE = `
WITH input AS (
  SELECT * FROM json_to_recordset($1::json) AS i(
    "id" text, "conversation" text, "seq" int, "by" text, "text" text, "emoji" text, "options" json, "at" timestamptz
  )
), found AS (
  SELECT i.id AS action, i.by, i.text AS new_text, i.emoji, i.options, i.at, m.kind, m.media, m.id, m.conversation_id, m.seq, m.sender_id, m.text,
    m.sent_at, m.edited_at, m.recalled_at, m.recalled_by, m.reacted, m.expires_at
  FROM input i JOIN message m ON m.conversation_id = i.conversation AND m.seq = i.seq AND m.expired IS NULL
  ORDER BY m.conversation_id, m.seq FOR UPDATE OF m
)`;

const TO = `ARRAY(SELECT user_id FROM member b WHERE b.conversation_id = d.conversation_id AND b.joined_seq < d.seq)`;

/* An edit is known by its id. Its time is never before that of the one before, whatever the clocks of the relays say. */
const EDIT = `${DUE}, due AS (
  SELECT f.*, e.done > 0 AS done,
    GREATEST(f.at, coalesce(f.edited_at, f.sent_at) + interval '1 millisecond') AS new_at
  FROM found f CROSS JOIN LATERAL (
    SELECT count(*) AS count, count(*) FILTER (WHERE e.id = f.action) AS done
    FROM message_edit e WHERE e.conversation_id = f.conversation_id AND e.seq = f.seq
  ) e
  WHERE f.recalled_at IS NULL AND f.sender_id = f.by AND (e.done > 0
    OR (e.count < ${limits.editsOfMessage} AND f.text IS DISTINCT FROM f.new_text))
), kept AS (
  INSERT INTO message_edit (conversation_id, seq, id, text, written_at)
  SELECT conversation_id, seq, action, text, coalesce(edited_at, sent_at) FROM due WHERE NOT done
), changed AS (
  UPDATE message m SET text = d.new_text, edited_at = d.new_at,
    preview = CASE WHEN strpos(d.new_text, m.preview->>'url') > 0 THEN m.preview END
  FROM due d
  WHERE m.conversation_id = d.conversation_id AND m.seq = d.seq AND NOT d.done
)
SELECT d.action, d.id, d.conversation_id AS conversation, d.seq, d.by,
  CASE WHEN d.done THEN d.edited_at ELSE d.new_at END AS at, CASE WHEN d.done THEN d.text ELSE d.new_text END AS text,
  d.expires_at AS "expiresAt", ${TO} AS "to"
FROM due d WHERE NOT d.done OR $2::boolean`;

const RECALL = `${DUE}, gone AS (
  UPDATE message m SET text = NULL, media = NULL, preview = NULL, mentions = '{}', edited_at = NULL, reacted = NULL,
    recalled_at = d.at, recalled_by = d.by
  FROM found d WHERE m.conversation_id = d.conversation_id AND m.seq = d.seq AND d.recalled_at IS NULL
), edits AS (
  DELETE FROM message_edit e USING found d WHERE e.conversation_id = d.conversation_id AND e.seq = d.seq
), reactions AS (
  DELETE FROM reaction r USING found d WHERE r.conversation_id = d.conversation_id AND r.seq = d.seq
), files AS (
  DELETE FROM message_media l USING found d WHERE l.conversation_id = d.conversation_id AND l.seq = d.seq
), pins AS (
  DELETE FROM pin p USING found d WHERE p.conversation_id = d.conversation_id AND p.seq = d.seq
), votes AS (
  DELETE FROM poll_vote v USING found d WHERE v.conversation_id = d.conversation_id AND v.seq = d.seq
)
SELECT d.action, d.id, d.conversation_id AS conversation, d.seq, coalesce(d.recalled_by, d.by) AS by,
  coalesce(d.recalled_at, d.at) AS at, NULL AS text, ${TO} AS "to"
FROM found d WHERE d.recalled_at IS NULL OR $2::boolean`;

/* Of two by one member the later counts; one that was taken back leaves its time. The table has a row a member at most. */
const REACT = `${DUE}, due AS (
  SELECT f.*, r.emoji AS old, r.reacted_at AS old_at FROM found f
  JOIN member a ON a.conversation_id = f.conversation_id AND a.user_id = f.by AND a.joined_seq < f.seq
  LEFT JOIN reaction r ON r.conversation_id = f.conversation_id AND r.seq = f.seq AND r.user_id = f.by
  WHERE f.recalled_at IS NULL
), changed AS (
  INSERT INTO reaction AS r (conversation_id, seq, user_id, emoji, reacted_at)
  SELECT conversation_id, seq, by, emoji, at FROM due d
  WHERE d.emoji IS DISTINCT FROM d.old AND (d.old_at IS NULL OR d.at >= d.old_at)
  ON CONFLICT (conversation_id, seq, user_id) DO UPDATE SET emoji = excluded.emoji, reacted_at = excluded.reacted_at
  RETURNING r.conversation_id, r.seq, r.user_id, r.emoji
), marked AS (
  UPDATE message m SET reacted = true
  FROM (SELECT DISTINCT conversation_id, seq FROM changed) c
  WHERE m.conversation_id = c.conversation_id AND m.seq = c.seq AND m.reacted IS NULL
)
SELECT d.action, d.id, d.conversation_id AS conversation, d.seq, d.by, d.at,
  CASE WHEN c.user_id IS NULL THEN d.old ELSE c.emoji END AS text, ${TO} AS "to"
FROM due d LEFT JOIN changed c ON c.conversation_id = d.conversation_id AND c.seq = d.seq AND c.user_id = d.by
WHERE c.user_id IS NOT NULL OR $2::boolean`;

/* As a reaction; of a poll that is closed nothing changes any more. */
const VOTE = `${DUE}, due AS (
  SELECT f.*, ARRAY(SELECT json_array_elements_text(f.options)::int) AS chosen, coalesce(v.options, '{}') AS old,
    v.voted_at AS old_at
  FROM found f
  JOIN member a ON a.conversation_id = f.conversation_id AND a.user_id = f.by AND a.joined_seq < f.seq
  LEFT JOIN poll_vote v ON v.conversation_id = f.conversation_id AND v.seq = f.seq AND v.user_id = f.by
  WHERE f.recalled_at IS NULL AND f.kind = 'poll' AND (f.media->>'closedAt' IS NULL OR $2::boolean)
), changed AS (
  INSERT INTO poll_vote AS v (conversation_id, seq, user_id, options, voted_at)
  SELECT conversation_id, seq, by, chosen, at FROM due d
  WHERE d.chosen <> d.old AND (d.old_at IS NULL OR d.at >= d.old_at) AND d.media->>'closedAt' IS NULL
  ON CONFLICT (conversation_id, seq, user_id) DO UPDATE SET options = excluded.options, voted_at = excluded.voted_at
  RETURNING v.conversation_id, v.seq, v.user_id
)
SELECT d.action, d.id, d.conversation_id AS conversation, d.seq, d.by, d.at, NULL AS text, ${TO} AS "to"
FROM due d LEFT JOIN changed c ON c.conversation_id = d.conversation_id AND c.seq = d.seq AND c.user_id = d.by
WHERE c.user_id IS NOT NULL OR $2::boolean`;

const CLOSE = `${DUE}, due AS (
  SELECT * FROM found f WHERE f.recalled_at IS NULL AND f.kind = 'poll' AND f.sender_id = f.by
), closed AS (
  UPDATE message m
  SET media = m.media || jsonb_build_object('closedAt', to_char(d.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
  FROM due d WHERE m.conversation_id = d.conversation_id AND m.seq = d.seq AND d.media->>'closedAt' IS NULL
)
SELECT d.action, d.id, d.conversation_id AS conversation, d.seq, d.by, d.at, NULL AS text, ${TO} AS "to"
FROM due d WHERE d.media->>'closedAt' IS NULL OR $2::boolean`;

const statements: Record<Action, string> = { edit: EDIT, recall: RECALL, react: REACT, vote: VOTE, close: CLOSE };

const pollJson = ({ id, conversation, seq, by, standing }: Changed): string =>
  eventJson({ type: 'poll', id, conversation, seq, user: by, votes: [], ...standing });

const events: Record<Action, (changed: Changed) => string> = {
  edit: ({ id, conversation, seq, text, at }) =>
    eventJson({ type: 'message.edited', id, conversation, seq, text: text ?? '', editedAt: at.toISOString() }),
  recall: ({ id, conversation, seq, by, at }) =>
    eventJson({ type: 'message.recalled', id, conversation, seq, recalledBy: by, recalledAt: at.toISOString() }),
  react: ({ id, conversation, seq, by, text }) =>
    eventJson({ type: 'reaction', id, conversation, seq, user: by, emoji: text }),
  vote: pollJson,
  close: pollJson,
};

/** The events of what changed. `again`: also of what stands changed already; whether it was told nobody knows. */
export async function applyActions(db: Db, actions: readonly ActionEntry[], again: boolean): Promise<MailboxEntry[]> {
  const told: MailboxEntry[] = [];
  for (const { action, lines } of rounds(actions)) {
    const rows = await db.$queryRawUnsafe<Changed[]>(statements[action], `[${[...lines.values()].join(',')}]`, again);
    const standing = action === 'vote' || action === 'close' ? await pollsOf(db, rows) : undefined;
    const changed = new Map(rows.map((row) => [row.action, { ...row, standing: standing?.get(row.id) }]));
    for (const id of lines.keys()) {
      const row = changed.get(id);
      if (row) told.push({ to: row.to, key: id, event: events[action](row), expires: row.expiresAt?.getTime() });
    }
  }
  return told;
}

interface Round {
  readonly action: Action;
  /** by the action's id */
  readonly lines: Map<string, string>;
}

/** One statement sees the rows as they were before it: so no two actions of a round may concern the same. */
export function rounds(actions: readonly ActionEntry[]): Round[] {
  const result: Round[] = [];
  let round: Round | undefined;
  const taken = new Set<string>();
  for (const { envelope, line } of actions) {
    const { id, action, conversation, seq, by } = envelope;
    if (!Object.hasOwn(statements, action)) throw new TypeError(`there is no action ${JSON.stringify(action)}`);
    const place = `${conversation} ${seq} ${action === 'react' ? by : ''}`;
    if (round?.action !== action || taken.has(place)) {
      taken.clear();
      result.push((round = { action, lines: new Map() }));
    }
    taken.add(place);
    round.lines.set(id, line);
  }
  return result;
}
