// Who sees whom after a group has got or lost members: what every process should know of it at once.
import type { Change } from '../broker/changes.ts';
import type { Config } from '../config.ts';
import type { MessageEvent } from '../contract/events.ts';
import { systemContent } from '../contract/group.ts';
import type { Db } from '../db.ts';

const MEMBERS = 'SELECT user_id AS id FROM member WHERE conversation_id = $1 LIMIT $2::int';
const PARTED = 'SELECT user_id AS id FROM former_member WHERE conversation_id = $1 AND left_seq = ANY($2::int[])';

const MOVES: ReadonlySet<string> = new Set(['joined', 'left', 'removed', 'dissolved']);

/** `stored`: the system messages of the change. Of a group that is too large for presence only those who move. */
export async function acquaint(
  db: Db,
  { PRESENCE_GROUP }: Pick<Config, 'PRESENCE_GROUP'>,
  conversation: string,
  stored: readonly MessageEvent[],
): Promise<Change[]> {
  const contents = stored.map(({ media }) => systemContent.parse(media));
  if (!contents.some(({ change }) => MOVES.has(change))) return [];
  const joined = contents.flatMap((content) => (content.change === 'joined' ? content.users : []));
  const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
  const seqs = stored.map(({ seq }) => seq);
  const parted = idsOf(await db.$queryRawUnsafe<{ id: string }[]>(PARTED, conversation, seqs));
  // who came may have been one too many, who left may have made it small enough
  const bound = PRESENCE_GROUP + joined.length + parted.length;
  const members = idsOf(await db.$queryRawUnsafe<{ id: string }[]>(MEMBERS, conversation, bound + 1));
  const users = [...(members.length > bound ? joined : members), ...parted];
  return [{ type: 'acquainted', users }, ...(parted.length > 0 ? [{ type: 'parted', users: parted } as const] : [])];
}
