// One step of writing the index of what was said: the next messages of some conversations, or chunks whose messages have
// changed. What is written is made from the messages as they are then, so whatever is done twice does no harm.
import { CHUNK, FILE_NAMES, kindTerm, placeTerm, senderTerm, termsOf } from '../chat/search-terms.ts';
import { SYSTEM } from '../contract/group.ts';
import type { Db, Prisma } from '../db.ts';

type Tx = Prisma.TransactionClient;

/** of PostgreSQL's advisory locks: one step at a time, so that none writes what another has read before a change */
const SEARCH_LOCK = 0x70617273;
/** messages of one step, about */
const MESSAGES = 512;
const DUE_CHUNKS = 64;
/** PostgreSQL takes a vector of a megabyte: beyond half of it words of the chunk's last messages are left out */
const CHUNK_BYTES = 524_288;

type Row = readonly [
  conversation: string,
  seq: number,
  sentAt: string,
  sender: string,
  kind: string,
  text: string | null,
  names: string | null,
];

/* A recalled message has its place and its time, and no terms. */
const MESSAGE = `json_build_array(m.conversation_id, m.seq, m.sent_at, m.sender_id, m.kind, m.text, ${FILE_NAMES})`;

/* $1: conversations, $2: how many messages of each. From the beginning of the last chunk on: it may have grown. */
const NEXT = `
SELECT json_agg(${MESSAGE} ORDER BY m.conversation_id, m.seq) AS rows
FROM unnest($1::text[]) AS i(id) CROSS JOIN LATERAL (
  SELECT coalesce((SELECT chunk FROM search_chunk WHERE conversation_id = i.id ORDER BY chunk DESC LIMIT 1), 0) AS chunk
) last CROSS JOIN LATERAL (
  SELECT * FROM message WHERE conversation_id = i.id AND seq > last.chunk * ${CHUNK} ORDER BY seq LIMIT $2::int
) m`;

/* $1, $2: chunks. Of those that are there only: the others' turn comes in their order, or nothing is left of them. */
const AGAIN = `
SELECT json_agg(${MESSAGE} ORDER BY m.conversation_id, m.seq) AS rows
FROM unnest($1::text[], $2::int[]) AS i(id, chunk)
JOIN search_chunk s ON s.conversation_id = i.id AND s.chunk = i.chunk
JOIN message m ON m.conversation_id = i.id AND m.seq > i.chunk * ${CHUNK} AND m.seq <= (i.chunk + 1) * ${CHUNK}`;

const TAKE_DUE = `
DELETE FROM search_due d USING (
  SELECT conversation_id, chunk FROM search_due ORDER BY 1, 2 LIMIT ${DUE_CHUNKS} FOR UPDATE SKIP LOCKED
) i WHERE d.conversation_id = i.conversation_id AND d.chunk = i.chunk
RETURNING d.conversation_id AS conversation, d.chunk`;

const WRITE = `
INSERT INTO search_chunk (conversation_id, chunk, until_seq, first_at, last_at, terms)
SELECT i.conversation, i.chunk, i.until, i.first, i.last, i.terms::tsvector
FROM json_to_recordset($1::json) AS i(conversation text, chunk int, until int, first timestamptz, last timestamptz, terms text)
ON CONFLICT (conversation_id, chunk) DO UPDATE
  SET until_seq = excluded.until_seq, first_at = excluded.first_at, last_at = excluded.last_at, terms = excluded.terms`;

const REMOVE = `
DELETE FROM search_chunk s USING unnest($1::text[], $2::int[]) AS i(conversation, chunk)
WHERE s.conversation_id = i.conversation AND s.chunk = i.chunk`;

interface Chunk {
  readonly conversation: string;
  readonly chunk: number;
  until: number;
  first: string;
  last: string;
  bytes: number;
  readonly terms: Map<string, number[]>;
}

function add({ terms }: Chunk, term: string, place: number): number {
  const places = terms.get(term);
  if (places) return places.push(place) && 2;
  terms.set(term, [place]);
  return Buffer.byteLength(term) + 12;
}

/** Of rows in the order of conversation and seq. */
export function chunksOf(rows: readonly Row[]): Chunk[] {
  const chunks: Chunk[] = [];
  let current: Chunk | undefined;
  for (const [conversation, seq, sentAt, sender, kind, text, names] of rows) {
    const chunk = Math.floor((seq - 1) / CHUNK);
    if (current?.conversation !== conversation || current.chunk !== chunk) {
      current = { conversation, chunk, until: seq, first: sentAt, last: sentAt, bytes: 0, terms: new Map() };
      chunks.push(current);
    }
    current.until = seq;
    // one clock, but many relays: the times of neighbours may be the wrong way round
    if (Date.parse(sentAt) < Date.parse(current.first)) current.first = sentAt;
    if (Date.parse(sentAt) > Date.parse(current.last)) current.last = sentAt;
    const place = seq - chunk * CHUNK;
    if (kind === SYSTEM || (text === null && names === null)) continue;
    for (const term of [placeTerm(place), senderTerm(sender), kindTerm(kind)]) add(current, term, place);
    for (const term of termsOf(text ?? '', names ?? '')) {
      if (current.bytes < CHUNK_BYTES) current.bytes += add(current, term, place);
    }
  }
  return chunks;
}

const vectorOf = ({ terms }: Chunk): string => [...terms].map(([term, at]) => `'${term}':${at.join(',')}`).join(' ');

async function write(tx: Tx, chunks: readonly Chunk[]): Promise<void> {
  if (chunks.length === 0) return;
  await tx.$executeRawUnsafe(WRITE, JSON.stringify(chunks.map((one) => ({ ...one, terms: vectorOf(one) }))));
}

const alone = <T>(db: Db, step: (tx: Tx) => Promise<T>): Promise<T> =>
  db.$transaction(async (tx) => {
    await tx.$executeRawUnsafe(`SELECT pg_advisory_xact_lock(${SEARCH_LOCK})`);
    return step(tx);
  });

/** The conversations that may have more: those of which as much was read as was asked for. */
export function fillNext(db: Db, conversations: readonly string[]): Promise<string[]> {
  const each = Math.max(2 * CHUNK, Math.floor(MESSAGES / conversations.length));
  return alone(db, async (tx) => {
    const [found] = await tx.$queryRawUnsafe<{ rows: Row[] | null }[]>(NEXT, conversations, each);
    const rows = found?.rows ?? [];
    await write(tx, chunksOf(rows));
    const counts = new Map<string, number>();
    for (const [conversation] of rows) counts.set(conversation, (counts.get(conversation) ?? 0) + 1);
    return conversations.filter((id) => counts.get(id) === each);
  });
}

/** Chunks that have changed; whether there may be more. */
export async function fillDue(db: Db): Promise<{ readonly more: boolean }> {
  const [found] = await db.$queryRawUnsafe<{ due: boolean }[]>('SELECT EXISTS (SELECT FROM search_due) AS due');
  if (!found?.due) return { more: false };
  return alone(db, async (tx) => {
    const due = await tx.$queryRawUnsafe<{ conversation: string; chunk: number }[]>(TAKE_DUE);
    const ids = due.map(({ conversation }) => conversation);
    const numbers = due.map(({ chunk }) => chunk);
    const [found] = await tx.$queryRawUnsafe<{ rows: Row[] | null }[]>(AGAIN, ids, numbers);
    const chunks = chunksOf(found?.rows ?? []);
    const made = new Set(chunks.map(({ conversation, chunk }) => `${conversation} ${chunk}`));
    const empty = due.filter(({ conversation, chunk }) => !made.has(`${conversation} ${chunk}`));
    await tx.$executeRawUnsafe(
      REMOVE,
      empty.map(({ conversation }) => conversation),
      empty.map(({ chunk }) => chunk),
    );
    await write(tx, chunks);
    return { more: due.length === DUE_CHUNKS };
  });
}
