// What becomes of everything else of an account that was removed (server/people/account.ts): a list of steps, each of
// which may be done again, so that whoever begins anew after a crash ends where the first one would have. What she said
// stays with those she said it to, by somebody whose account is gone; her own notes to herself go.
import { deviceQueue } from '../broker/topology.ts';
import type { Context } from '../context.ts';
import { directConversationId, directMembers } from '../contract/conversation-id.ts';
import { endLogins } from '../people/account.ts';
import { announce } from './announce.ts';
import { dropContacts } from './contacts.ts';
import { offerGroupChange } from './group-changes.ts';
import { ProfileNews } from './profile-news.ts';

type Rooms = Pick<Context, 'db' | 'broker' | 'log' | 'clock' | 'config' | 'revocations'>;

/** Gives whether it is done; what is not needs another look. */
type Step = (rooms: Rooms, userId: string) => Promise<boolean>;

const MESSAGES_AT_ONCE = 1000;
const CONVERSATIONS_AT_ONCE = 500;

/** The process that removed the account may have died before it came to that. */
const noLogins: Step = async (rooms, userId) => {
  await endLogins(rooms, userId);
  return true;
};

const noDevices: Step = async ({ db, broker }, userId) => {
  const devices = await db.device.findMany({ where: { userId }, select: { id: true } });
  for (const { id } of devices) await broker.changes.publish({ type: 'device-removed', user: userId, device: id });
  const drop = async () => {
    for (const { id } of devices) await broker.deviceQueues.delete(deviceQueue(userId, id));
  };
  await drop();
  await db.device.deleteMany({ where: { userId } });
  // an event may have come in between, and made a queue anew
  await drop();
  return true;
};

const profileTold: Step = async (rooms, userId) => {
  const news = new ProfileNews(rooms);
  await news.changed(userId);
  await news.close();
  return true;
};

const noContacts: Step = async (rooms, userId) => {
  await dropContacts(rooms, userId);
  return true;
};

/** What is only hers, or about her, and what nobody else is told of. */
const nothingPersonal: Step = async ({ db }, userId) => {
  const where = { userId };
  await db.$transaction([
    db.block.deleteMany({ where: { OR: [{ userId }, { blockedId: userId }] } }),
    db.remark.deleteMany({ where: { OR: [{ userId }, { aboutId: userId }] } }),
    db.userRole.deleteMany({ where }),
    db.draft.deleteMany({ where }),
    db.scheduled.deleteMany({ where }),
    db.star.deleteMany({ where }),
    db.hiddenMessage.deleteMany({ where }),
    db.joining.deleteMany({ where: { OR: [{ userId }, { state: 'invited', invitedBy: userId }] } }),
    db.groupInvite.deleteMany({ where: { madeBy: userId } }),
    db.formerMember.deleteMany({ where }),
    db.member.updateMany({
      where,
      data: {
        pinned: null,
        archivedSeq: null,
        mutedUntil: null,
        unreadAtSeq: null,
        deletedSeq: null,
        settingsAt: null,
      },
    }),
  ]);
  return true;
};

/** Leaving is a change of the group like any other, made in its turn: done when she is in none any more. */
const noGroups: Step = async (rooms, userId) => {
  const groups = await rooms.db.member.findMany({
    where: { userId, conversation: { kind: 'group' } },
    select: { conversationId: true },
    take: CONVERSATIONS_AT_ONCE,
  });
  for (const { conversationId: conversation } of groups) {
    offerGroupChange(rooms, { id: `erased-${conversation}`, conversation, by: userId, action: { do: 'leave' } });
  }
  return groups.length === 0;
};

const noNotes: Step = async ({ db }, userId) => {
  const id = directConversationId(userId, userId);
  const deleted = await db.$executeRaw`
    DELETE FROM message m USING (SELECT seq FROM message WHERE conversation_id = ${id} LIMIT ${MESSAGES_AT_ONCE}) few
    WHERE m.conversation_id = ${id} AND m.seq = few.seq`;
  if (deleted === MESSAGES_AT_ONCE) return false;
  await db.member.deleteMany({ where: { conversationId: id, userId } });
  return true;
};

/** Relays remember for a minute that somebody may write to her. */
const notWrittenTo: Step = async (rooms, userId) => {
  const rows = await rooms.db.member.findMany({ where: { userId }, select: { conversationId: true } });
  const direct = rows.map(({ conversationId }) => conversationId).filter((id) => directMembers(id));
  for (let at = 0; at < direct.length; at += CONVERSATIONS_AT_ONCE) {
    const changes = direct.slice(at, at + CONVERSATIONS_AT_ONCE);
    await announce(rooms, {
      events: [],
      changes: changes.map((conversation) => ({ type: 'reach', conversation }) as const),
    });
  }
  return true;
};

const steps: readonly Step[] = [
  noLogins,
  noDevices,
  notWrittenTo,
  profileTold,
  noContacts,
  noGroups,
  nothingPersonal,
  noNotes,
];

/** Whether nothing is left to do. */
export async function eraseAccount(rooms: Rooms, userId: string): Promise<boolean> {
  for (const step of steps) if (!(await step(rooms, userId))) return false;
  await rooms.db.erasure.deleteMany({ where: { userId } });
  return true;
}
