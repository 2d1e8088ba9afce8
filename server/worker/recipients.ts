// Who gets the events of a conversation: of a direct one its two members, of a group those the database has now; or, of
// what was stored before, those who were members then.
import { directMembers } from '../contract/conversation-id.ts';
import type { Db } from '../db.ts';

const MEMBERS =
  'SELECT conversation_id, array_agg(user_id) AS user_ids FROM member WHERE conversation_id = ANY($1::text[]) GROUP BY 1';

export async function recipients(
  db: Db,
  conversations: readonly string[],
): Promise<(conversation: string) => readonly string[]> {
  const groups = new Set(conversations.filter((id) => !directMembers(id)));
  if (groups.size === 0) return (conversation) => directMembers(conversation) ?? [];
  const rows = await db.$queryRawUnsafe<{ conversation_id: string; user_ids: string[] }[]>(MEMBERS, [...groups]);
  const members = new Map(rows.map((row) => [row.conversation_id, row.user_ids]));
  return (conversation) => directMembers(conversation) ?? members.get(conversation) ?? [];
}

/* Who was a member then, and who ceased to be one with this very message. */
const CONCERNED = `
SELECT user_id AS "userId" FROM member WHERE conversation_id = $1 AND joined_seq < $2::int
UNION SELECT user_id FROM former_member WHERE conversation_id = $1 AND $2::int > joined_seq AND $2::int <= left_seq`;

/** Whose message `seq` of a conversation is, whenever it is told: not a later member's, but also that of who has left. */
export async function concerned(db: Db, conversation: string, seq: number): Promise<readonly string[]> {
  const both = directMembers(conversation);
  if (both) return both;
  const rows = await db.$queryRawUnsafe<{ userId: string }[]>(CONCERNED, conversation, seq);
  return rows.map(({ userId }) => userId);
}
