// What a person takes along: everything that is hers and everything she may read, as files of an archive. Rows are read
// page by page when their file's turn comes; how the archive is packed and sent is not known here.
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';
import { limits } from '../contract/limits.ts';
import type { MessageEvent } from '../contract/events.ts';
import { listBlocks } from './blocks.ts';
import { listContactRequests, listContacts } from './contacts.ts';
import { listDevices } from './devices.ts';
import { historyOf } from './history.ts';
import { meOf } from './me.ts';
import { listStars } from './own-marks.ts';
import { peopleById } from './people.ts';
import type { Reach } from './reach.ts';
import { listScheduled } from './scheduled.ts';

type Rooms = Pick<Context, 'db' | 'clock' | 'broker' | 'log' | 'config'> & { readonly reach: Reach };

/** One file of the archive: rows, each a line of JSON, or the bytes of a stored file. */
export type ExportEntry =
  | { readonly path: string; readonly rows: () => AsyncIterable<unknown> }
  | { readonly path: string; readonly media: string };

const PAGE = limits.page.max;

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** Every row of a list that has pages. */
async function* all<T>(list: (page: { limit: number; cursor?: string }) => Promise<Page<T>>): AsyncGenerator<T> {
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await list({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    yield* items;
    if (next === null) return;
    cursor = next;
  }
}

async function* only<T>(read: Promise<readonly T[]>): AsyncGenerator<T> {
  yield* await read;
}

/** What may be read of it, ascending. */
async function* messagesOf(rooms: Rooms, userId: string, conversation: string): AsyncGenerator<MessageEvent> {
  for (let after = 0; ; ) {
    const page = await historyOf(rooms, userId, conversation, { after, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (!last) return;
    after = last.seq;
  }
}

/** With those who are in it now, so that the ids in messages have names. */
async function* conversationsOf(rooms: Rooms, userId: string, ids: readonly string[]): AsyncGenerator {
  for (const id of ids) {
    const found = await rooms.db.conversation.findUnique({
      where: { id },
      include: { members: true, former: { where: { userId } } },
    });
    if (!found) continue;
    const { kind, title, picture, description, createdAt, members, former } = found;
    const mine = members.find((one) => one.userId === userId);
    // of a group one has left one knows no more than when one left
    const shown = mine ? members.map((one) => one.userId) : (directMembers(id) ?? []);
    const people = await peopleById(rooms, shown);
    yield {
      id,
      kind,
      title,
      picture,
      description,
      createdAt,
      members: [...people.values()],
      mine: mine ?? null,
      former,
    };
  }
}

async function conversationIds({ db }: Rooms, userId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT conversation_id AS id FROM member WHERE user_id = ${userId}
    UNION SELECT conversation_id FROM former_member WHERE user_id = ${userId} ORDER BY 1`;
  return rows.map(({ id }) => id);
}

export async function exportOf(rooms: Rooms, userId: string): Promise<ExportEntry[]> {
  const { db } = rooms;
  const ids = await conversationIds(rooms, userId);
  const media = await db.media.findMany({
    where: { ownerId: userId, goneAt: null },
    orderBy: { id: 'asc' },
    select: { id: true, name: true, kind: true, type: true, size: true, createdAt: true, sentAt: true },
  });
  const where = { userId };
  return [
    { path: 'profile.jsonl', rows: () => only(meOf(rooms, userId).then((me) => [me])) },
    { path: 'contacts.jsonl', rows: () => all((page) => listContacts(rooms, userId, page)) },
    { path: 'contact-requests.jsonl', rows: () => all((page) => listContactRequests(rooms, userId, page)) },
    { path: 'blocks.jsonl', rows: () => all((page) => listBlocks(rooms, userId, page)) },
    { path: 'devices.jsonl', rows: () => only(listDevices(rooms, userId).then(withoutSecrets)) },
    { path: 'stars.jsonl', rows: () => all((page) => listStars(rooms, userId, page)) },
    { path: 'drafts.jsonl', rows: () => only(db.draft.findMany({ where: { userId, text: { not: '' } } })) },
    { path: 'scheduled.jsonl', rows: () => all((page) => listScheduled(rooms, userId, page)) },
    {
      path: 'reports.jsonl',
      rows: () =>
        only(db.report.findMany({ where, select: { aboutId: true, reason: true, text: true, createdAt: true } })),
    },
    { path: 'conversations.jsonl', rows: () => conversationsOf(rooms, userId, ids) },
    { path: 'media.jsonl', rows: () => only(Promise.resolve(media)) },
    ...ids.map((id) => ({ path: `messages/${id}.jsonl`, rows: () => messagesOf(rooms, userId, id) })),
    ...media.map(({ id, name }) => ({ path: `media/${id}/${safe(name)}`, media: id })),
  ];
}

const withoutSecrets = (devices: Awaited<ReturnType<typeof listDevices>>) =>
  devices.map(({ id, name, createdAt, lastSeenAt }) => ({ id, name, createdAt, lastSeenAt }));

/** As the name of a file in any system, and never a way to another folder. */
const safe = (name: string): string =>
  name.replaceAll(/[\p{Cc}\p{Cs}<>:"/\\|?*]/gu, '_').replace(/^[.\s]+|[.\s]+$/g, '_') || 'file';
