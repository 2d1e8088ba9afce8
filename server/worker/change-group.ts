// Making a change of a group: the rule, the members, and the system messages with the group's next seqs, in one
// transaction that holds the conversation's row, as storing messages does. Nothing here publishes.
import type { GroupChangeEnvelope } from '../broker/group-change.ts';
import { decide, type Decision, type Group } from '../chat/group-rules.ts';
import type { GroupSettings } from '../contract/group.ts';
import { SYSTEM } from '../contract/group.ts';
import { directMembers } from '../contract/conversation-id.ts';
import type { Db, Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import type { Clock } from '../lib/clock.ts';
import { newId } from '../lib/id.ts';
import { barEntries, closeEntries, entryOf, settleEntries } from './group-entries.ts';
import { makeDirectConversations } from './store-messages.ts';

/** A change has at most one system message for each setting. */
const MESSAGES_OF_CHANGE = 5;

/** What the system messages of a change are called by who made it: a change that comes again finds them. */
export const namesOf = ({ id, by }: Pick<GroupChangeEnvelope, 'id' | 'by'>) =>
  Array.from({ length: MESSAGES_OF_CHANGE }, (_, i) => ({
    sender: by,
    clientMessageId: i === 0 ? id : `${id}.${i}`,
  }));

const LOCK = `
SELECT kind::text, title, picture, description, posting::text, history::text, last_seq AS "lastSeq",
  disappear_after AS "disappearAfter"
FROM conversation WHERE id = $1 FOR UPDATE`;
const MEMBERS = `
SELECT user_id AS "userId", role::text FROM member WHERE conversation_id = $1 ORDER BY joined_at, user_id`;
const IS_MADE = 'SELECT 1 FROM message WHERE sender_id = $1 AND client_message_id = $2';
// whoever comes again has her earlier times in former_member
const PART = `
WITH parted AS (
  DELETE FROM member WHERE conversation_id = $1 AND user_id = ANY($2::text[])
  RETURNING conversation_id, user_id, joined_seq
)
INSERT INTO former_member (conversation_id, user_id, joined_seq, left_seq, left_at)
SELECT conversation_id, user_id, joined_seq, $3, $4::timestamptz FROM parted`;
// what was said before counts as read, though it may be read
const JOIN = `
INSERT INTO member (conversation_id, user_id, joined_seq, entered_seq, delivered_seq, read_seq, joined_at)
SELECT $1, "user", $3::int, $4::int, $4::int, $4::int, $5::timestamptz FROM unnest($2::text[]) AS j("user")`;
const GIVE_ROLES = `
UPDATE member m SET role = r.role::"MemberRole" FROM unnest($2::text[], $3::text[]) AS r("user", role)
WHERE m.conversation_id = $1 AND m.user_id = r."user"`;
const SET = `
UPDATE conversation SET title = $2, picture = $3, description = $4, posting = $5::"Posting",
  history = $6::"GroupHistory", last_seq = $7::int, active_at = greatest(active_at, $8::timestamptz)
WHERE id = $1`;
const SAY = `
INSERT INTO message (conversation_id, seq, id, sender_id, device_id, client_message_id, kind, media, mentions, sent_at)
SELECT $1, s.seq, s.id, $2, '', s.name, '${SYSTEM}', s.media, '{}', $4::timestamptz
FROM json_to_recordset($3::json) AS s(seq int, id text, name text, media jsonb)`;

const DISAPPEAR = 'UPDATE conversation SET disappear_after = $2::int WHERE id = $1';
const PIN = 'INSERT INTO pin (conversation_id, seq, pinned_by, pinned_at) SELECT $1, $2::int, $3, $4::timestamptz';
const UNPIN = 'DELETE FROM pin WHERE conversation_id = $1 AND seq = $2::int';
/* A recall takes its pin with it, and may be at work on the message just now: it is waited for. */
const PINS = `
SELECT (SELECT count(*)::int FROM pin WHERE conversation_id = $1) AS count,
  EXISTS (SELECT FROM pin WHERE conversation_id = $1 AND seq = $2::int) AS pinned,
  coalesce((SELECT recalled_at IS NOT NULL FROM message WHERE conversation_id = $1 AND seq = $2::int FOR SHARE), true)
    AS recalled`;

async function pinsOf(
  tx: Prisma.TransactionClient,
  { conversation, action }: GroupChangeEnvelope,
): Promise<Group['pins']> {
  if (action.do !== 'pin' && action.do !== 'unpin') return undefined;
  const [pins] = await tx.$queryRawUnsafe<NonNullable<Group['pins']>[]>(PINS, conversation, action.seq);
  return pins;
}

/** Errors: the rule's; `not-ready` where it is too late. A change that is made already is made. */
export function changeGroup(db: Db, change: GroupChangeEnvelope, limit: number, clock: Clock): Promise<void> {
  return db.$transaction(async (tx) => {
    // a direct one begins with its first message, or with this
    if (directMembers(change.conversation)) await makeDirectConversations(tx, [change.conversation]);
    const [group] = await tx.$queryRawUnsafe<(Group & { lastSeq: number })[]>(LOCK, change.conversation);
    if (!group) throw new ParleyError('no-such-conversation');
    const made = await tx.$queryRawUnsafe<unknown[]>(IS_MADE, change.by, change.id);
    if (made.length > 0) return;
    // looked at while the row is held: whoever gave up waiting looks there, too, and nothing is made after that
    const now = clock.now();
    if (change.until !== undefined && now > Date.parse(change.until)) throw new ParleyError('not-ready');
    const members = await tx.$queryRawUnsafe<Group['members'][number][]>(MEMBERS, change.conversation);
    const pins = await pinsOf(tx, change);
    const decision = decide(
      { ...group, members, ...(pins ? { pins } : {}) },
      change,
      limit,
      await entryOf(tx, change, now),
    );
    if (decision.contents.length > 0) await write(tx, change, group, decision);
    if (decision.parting.length > 0 && decision.parting.length === members.length) {
      await closeEntries(tx, change.conversation);
    }
  });
}

async function write(
  tx: Prisma.TransactionClient,
  { id, conversation, by, action, sentAt }: GroupChangeEnvelope,
  group: GroupSettings & { readonly lastSeq: number },
  { contents, joining, parting, roles, set, pin, disappear }: Decision,
): Promise<void> {
  const before = group.lastSeq;
  const { title, picture, description, posting, history } = { ...group, ...set };
  if (parting.length > 0) {
    await tx.$executeRawUnsafe(PART, conversation, parting, before + 1, sentAt);
    if (action.do === 'remove') await barEntries(tx, conversation, parting, sentAt);
  }
  if (joining.length > 0) {
    const joined = history === 'all' ? 0 : before;
    await tx.$executeRawUnsafe(JOIN, conversation, joining, joined, before, sentAt);
    await settleEntries(tx, conversation, joining, action.do === 'join' ? action.invite : undefined);
  }
  if (roles.length > 0) {
    const users = roles.map(({ userId }) => userId);
    await tx.$executeRawUnsafe(
      GIVE_ROLES,
      conversation,
      users,
      roles.map(({ role }) => role),
    );
  }
  if (disappear) await tx.$executeRawUnsafe(DISAPPEAR, conversation, disappear.seconds);
  if (pin?.pinned) await tx.$executeRawUnsafe(PIN, conversation, pin.seq, by, sentAt);
  else if (pin) await tx.$executeRawUnsafe(UNPIN, conversation, pin.seq);
  const lastSeq = before + contents.length;
  await tx.$executeRawUnsafe(SET, conversation, title, picture, description, posting, history, lastSeq, sentAt);
  const names = namesOf({ id, by });
  const messages = contents.map((media, i) => ({
    seq: before + 1 + i,
    id: newId(),
    name: names[i]?.clientMessageId,
    media,
  }));
  await tx.$executeRawUnsafe(SAY, conversation, by, JSON.stringify(messages), sentAt);
}
