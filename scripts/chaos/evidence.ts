// What is there when all is over: rows of the database, history as every member reads it over REST, the broker's queues.
import { toMessageEvent } from '../../server/chat/message-row.ts';
import type { MessageEvent } from '../../server/contract/events.ts';
import type { Db } from '../../server/db.ts';
import { sleep, until } from '../../server/lib/backoff.ts';
import type { Evidence, StoredConversation } from './check.ts';
import { digestOf } from './ledger.ts';
import type { RabbitMq } from './rabbitmq.ts';
import type { Person, World } from './world.ts';

const PAGE = 200;
const TOO_MANY = 429;
const EMPTY_MS = 90_000;

export async function gather(
  world: World,
  { db, url, rabbitMq }: { db: Db; url: string; rabbitMq: RabbitMq },
): Promise<Evidence> {
  const stored = new Map<string, StoredConversation>();
  const histories = new Map<string, Map<string, string[]>>();
  for (const [id, members] of world.conversations) {
    stored.set(id, await conversationOf(db, id));
    const ofMembers = new Map<string, string[]>();
    for (const member of members) ofMembers.set(member.userId, await historyOf(url, id, member));
    histories.set(id, ofMembers);
  }
  return {
    ledger: world.ledger,
    conversations: new Map([...world.conversations].map(([id, members]) => [id, members.map(({ userId }) => userId)])),
    devices: world.deviceOwners(),
    stored,
    histories,
    queues: rabbitMq.pid === undefined ? new Map() : await queuesOf(rabbitMq),
  };
}

async function conversationOf(db: Db, id: string): Promise<StoredConversation> {
  const conversation = await db.conversation.findUnique({ where: { id } });
  const rows = await db.message.findMany({ where: { conversationId: id }, orderBy: { seq: 'asc' } });
  return {
    lastSeq: conversation?.lastSeq ?? 0,
    events: rows.map((row) => {
      const event = toMessageEvent({ ...row, reactions: null });
      const { seq, sender, clientMessageId, conversation: of, text } = event;
      return { id: event.id, conversation: of, seq, sender, clientMessageId, text, digest: digestOf(event) };
    }),
  };
}

async function historyOf(url: string, conversation: string, { token }: Person): Promise<string[]> {
  const digests: string[] = [];
  for (let after = 0; ; ) {
    const address = `${url}/api/chat/conversations/${conversation}/messages?after=${after}&limit=${PAGE}`;
    const response = await fetch(address, { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    // nobody ever wrote in it
    if (response.status === 404) return digests;
    if (response.status === TOO_MANY) {
      await sleep(1_000);
      continue;
    }
    if (!response.ok) throw new Error(`GET ${address}: ${response.status} ${text}`);
    const { items } = JSON.parse(text) as { items: MessageEvent[] };
    for (const event of items) digests.push(digestOf(event));
    if (items.length < PAGE) return digests;
    after = items.at(-1)?.seq ?? after;
  }
}

/** Acknowledgements are on their way for a while, and the mark behind a drained queue lives for a minute at most. */
async function queuesOf(rabbitMq: RabbitMq): Promise<Map<string, number>> {
  let queues = await rabbitMq.queues();
  const areEmpty = async () => {
    if (queues.size > 0) queues = await rabbitMq.queues();
    return queues.size === 0;
  };
  await until('empty queues', areEmpty, { timeoutMs: EMPTY_MS, everyMs: 2_000 }).catch(() => {});
  return queues;
}
