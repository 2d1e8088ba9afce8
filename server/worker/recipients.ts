// Who gets the events of a conversation: of a direct one its two members, of a group those the database has now.
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
