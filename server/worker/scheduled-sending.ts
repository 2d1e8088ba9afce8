// Scheduled messages whose time has come: each goes the way of a SEND, by the rules of that moment. Taken up, it is
// leaving, for a while; a worker that dies with it leaves it to the next, which sends the same message again: its id
// and its name are the same, so it is stored once. Its author is told before the row goes, or says that it failed.
import { encodeMessage } from '../broker/wire.ts';
import { refers, settleReferences } from '../chat/draft-references.ts';
import { envelopeOf } from '../chat/envelope.ts';
import { MessageLookup } from '../chat/message-lookup.ts';
import { Reach } from '../chat/reach.ts';
import { type ScheduledContent, shownScheduled } from '../chat/scheduled.ts';
import type { Context } from '../context.ts';
import { Prisma } from '../db.ts';
import { ParleyError } from '../errors.ts';
import { sleep } from '../lib/backoff.ts';

type Rooms = Context & { readonly reach: Reach; readonly lookup: MessageLookup };

const AT_ONCE = 50;
/** not done with by then, it is taken up again */
const LEAVING_MS = 15_000;
/** between two looks while another worker has what is due */
const PAUSE_MS = 20;

interface Due {
  readonly id: string;
  readonly userId: string;
  readonly conversationId: string;
  readonly clientMessageId: string;
  readonly content: Prisma.JsonValue;
  readonly sendAt: Date;
  readonly madeAt: Date;
  readonly locked: boolean;
}

async function takeUp({ db, clock }: Rooms): Promise<Due[]> {
  const now = clock.now();
  const rows = await db.$queryRaw<Due[]>`
    UPDATE scheduled s SET leaving = true, due_at = ${new Date(now + LEAVING_MS)}
    FROM (
      SELECT id FROM scheduled WHERE due_at <= ${new Date(now)} ORDER BY due_at, id LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
    ) due, "user" u
    WHERE s.id = due.id AND u.id = s.user_id
    RETURNING s.id, s.user_id AS "userId", s.conversation_id AS "conversationId",
      s.client_message_id AS "clientMessageId", s.content, s.send_at AS "sendAt", s.made_at AS "madeAt",
      u.disabled_at IS NOT NULL AS locked`;
  return rows.toSorted((one, other) => one.sendAt.getTime() - other.sendAt.getTime() || (one.id < other.id ? -1 : 1));
}

/** Errors: those of a SEND; `not-allowed`, where its author is locked. */
async function lineOf(rooms: Rooms, due: Due): Promise<Buffer> {
  const { id, userId: sender, clientMessageId } = due;
  if (due.locked) throw new ParleyError('not-allowed');
  const conversation = await rooms.reach.check(sender, { conversation: due.conversationId });
  const draft = { clientMessageId, ...(due.content as unknown as ScheduledContent) };
  const content = refers(draft) ? await settleReferences(rooms, sender, conversation, draft) : draft;
  return encodeMessage(envelopeOf({ id, conversation, sender, device: '', now: rooms.clock.now() }, content));
}

/** Resolves when it has its turn among the lines on their way, or failed; `done` when that is settled. */
async function send(rooms: Rooms, due: Due): Promise<{ readonly done: Promise<void> }> {
  const { userId: sender, conversationId: conversation } = due;
  let line: Buffer;
  try {
    line = await lineOf(rooms, due);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    return { done: refused(rooms, due, error) };
  }
  const done = new Promise<void>((resolve, reject) => {
    const confirmed = () => void sent(rooms, due).then(resolve, reject);
    // else it is taken up again later
    if (!rooms.broker.inbound.offer({ conversation, sender, line, confirmed })) resolve();
  });
  return { done };
}

async function sent({ db, broker }: Rooms, { id, userId }: Due): Promise<void> {
  await broker.publishEvents([{ to: [userId], event: { type: 'scheduled', id, change: 'sent' } }]);
  await db.scheduled.deleteMany({ where: { id } });
}

async function refused(rooms: Rooms, due: Due, { code, message }: ParleyError): Promise<void> {
  const { db, broker, clock } = rooms;
  const { id, userId, clientMessageId } = due;
  // a worker that died may have sent it while it was still allowed
  const where = { senderId: userId, clientMessageId };
  if (await db.message.findFirst({ where, select: { id: true } })) return sent(rooms, due);
  const failed = { code, message, at: new Date(clock.now()).toISOString() };
  const scheduled = shownScheduled({ ...due, failed });
  await broker.publishEvents([{ to: [userId], event: { type: 'scheduled', id, change: 'failed', scheduled } }]);
  await db.scheduled.updateMany({ where: { id }, data: { leaving: false, dueAt: null, failed } });
}

/** Resolves with how long to wait until the next look. */
async function pass(rooms: Rooms, stopped: Promise<void>): Promise<number> {
  const { db, clock, config, log } = rooms;
  const later = (due: Due) => (error: Error) =>
    log.warn({ error: error.message, id: due.id }, 'a scheduled message was not sent, trying again');
  const out: Promise<unknown>[] = [];
  for (const due of await takeUp(rooms)) {
    // one after the other: those of one conversation keep their order
    await send(rooms, due).then(({ done }) => out.push(done.catch(later(due))), later(due));
  }
  await Promise.race([stopped, Promise.all(out)]);
  const next = await db.scheduled.findFirst({
    where: { dueAt: { not: null } },
    orderBy: { dueAt: 'asc' },
    select: { dueAt: true },
  });
  const ahead = next?.dueAt ? next.dueAt.getTime() - clock.now() : config.SCHEDULED_MS;
  return Math.min(config.SCHEDULED_MS, Math.max(PAUSE_MS, ahead));
}

/** Goes on until the returned function is called. */
export function startScheduledSending(context: Context): () => Promise<void> {
  const reach = new Reach(context);
  const rooms = { ...context, reach, lookup: new MessageLookup(context) };
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const wait = await pass(rooms, stopped).catch((error: Error) => {
        context.log.warn({ error: error.message }, 'scheduled messages could not be looked for, trying again');
        return context.config.SCHEDULED_MS;
      });
      await sleep(wait, stopping.signal);
    }
    reach.close();
  })();
  return () => {
    stopping.abort();
    return running;
  };
}
