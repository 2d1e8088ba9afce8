// Searching what was said, as far as the one who searches may read it. Every row of the index she may read of is looked
// at, the newest first, until there is a window of candidates; within it they are ranked. A page never reads more than
// a window, and the cursor says in which window it was and how far.
import { z } from 'zod';
import type { Context } from '../context.ts';
import type { MessageEvent } from '../contract/events.ts';
import type { FoundGroup, FoundMessage, SearchQuery, SearchResult } from '../contract/rest-search.ts';
import { Prisma } from '../db.ts';
import { at, packCursor, unpackCursor, word } from './cursor.ts';
import { type MessageJson, messageJson, rowOf, toMessageEvent } from './message-row.ts';
import { findPeople } from './people.ts';
import type { Reach } from './reach.ts';
import { CHUNK, FILE_NAMES } from './search-terms.ts';
import { highlightsIn, matchIn, tsqueryOf, type Wanted, wantedOf } from './search-words.ts';
import { shownTo } from './sight.ts';

type Rooms = Pick<Context, 'db'> & { readonly reach: Reach };

/** rows of the index whose messages are ranked together */
const WINDOW = 32;
/** so much of a text is looked at for its rank */
const RANKED_CHARS = 2000;
/** of people and of groups */
const OTHERS = 10;
const DAY_MS = 86_400_000;
const PHRASE_MS = 30 * DAY_MS;
const WHOLE_MS = 7 * DAY_MS;
const MAX_SEQ = 2_147_483_647;
const EVER = '9999-12-31T00:00:00.000Z';
const NEVER = '0001-01-01T00:00:00.000Z';

interface Candidate {
  readonly id: string;
  readonly conversation: string;
  readonly seq: number;
  readonly sentAt: string;
  readonly text: string | null;
  readonly name: string | null;
  readonly long: boolean;
}
interface Window {
  /** where the next window begins; null: there is none */
  readonly least: Date | null;
  readonly rows: readonly Candidate[] | null;
}

/* The times in which the user was a member, as far as they are asked for. */
const stays = (userId: string, conversation: string | undefined) => {
  const here = conversation === undefined ? Prisma.empty : Prisma.sql`AND conversation_id = ${conversation}`;
  return Prisma.sql`
    SELECT conversation_id, joined_seq AS after, ${MAX_SEQ}::int AS until FROM member WHERE user_id = ${userId} ${here}
    UNION ALL
    SELECT conversation_id, joined_seq, left_seq FROM former_member WHERE user_id = ${userId} ${here}`;
};

/*
 * The candidates sent at `upper` or before. Rows of the index that begin before it and end after it are all taken, of
 * those that end before it the newest WINDOW; what the next of them may hold is where the window ends. The index may
 * be a moment behind: that a message is still there is seen in the message itself.
 */
async function windowOf({ db }: Rooms, userId: string, query: SearchQuery, terms: string, upper: string) {
  const after = query.after ?? NEVER;
  const before = query.before ?? EVER;
  const [window] = await db.$queryRaw<Window[]>`
    WITH stay AS MATERIALIZED (${stays(userId, query.conversation)}), found AS MATERIALIZED (
      SELECT stay.*, s.chunk, s.last_at FROM stay CROSS JOIN LATERAL (
        SELECT chunk, last_at FROM search_chunk
        WHERE conversation_id = stay.conversation_id AND chunk >= stay.after / ${CHUNK}::int
          AND chunk <= (stay.until - 1) / ${CHUNK}::int AND first_at <= ${upper}::timestamptz
          AND last_at >= ${after}::timestamptz AND terms @@ ${terms}::tsquery
        ORDER BY chunk DESC LIMIT ${WINDOW + 2}::int
      ) s
    ), bound AS (
      SELECT max(last_at) AS least FROM (
        SELECT last_at, row_number() OVER (ORDER BY last_at DESC) AS nth FROM found WHERE last_at <= ${upper}::timestamptz
      ) f WHERE nth > ${WINDOW}::int AND last_at < ${upper}::timestamptz
    ), place AS MATERIALIZED (
      SELECT n, tsquery_phrase(('''#' || n || '''')::tsquery, ${terms}::tsquery, 0) AS query FROM generate_series(1, ${CHUNK}::int) n
    )
    SELECT bound.least, (
      SELECT json_agg(json_build_object('id', m.id, 'conversation', m.conversation_id, 'seq', m.seq, 'sentAt', m.sent_at,
        'text', left(m.text, ${RANKED_CHARS}::int), 'name', ${Prisma.raw(FILE_NAMES)},
        'long', coalesce(length(m.text) > ${RANKED_CHARS}::int, false)))
      FROM found JOIN search_chunk s ON s.conversation_id = found.conversation_id AND s.chunk = found.chunk
      JOIN place ON s.terms @@ place.query
      JOIN message m ON m.conversation_id = found.conversation_id AND m.seq = found.chunk * ${CHUNK}::int + place.n
      WHERE (bound.least IS NULL OR (found.last_at > bound.least AND m.sent_at > bound.least))
        AND m.sent_at <= ${upper}::timestamptz AND m.seq > found.after AND m.seq <= found.until
        AND m.sent_at >= ${after}::timestamptz AND m.sent_at < ${before}::timestamptz AND m.recalled_at IS NULL
        AND (m.expires_at IS NULL OR m.expires_at > now()) AND ${shownTo(userId, 'm')}
    ) AS rows FROM bound`;
  return window as Window;
}

interface Ranked extends Candidate {
  readonly score: number;
}

function rankOf(wanted: readonly Wanted[], { text, name, long, sentAt }: Candidate): number | undefined {
  const matched =
    wanted.length === 0 ? undefined : matchIn([text, name].filter((one) => one !== null).join('\n'), wanted);
  if (wanted.length > 0 && !matched && !long) return undefined;
  return Date.parse(sentAt) + (matched?.phrase ? PHRASE_MS : matched?.whole ? WHOLE_MS : 0);
}

const comes = (a: Pick<Ranked, 'score' | 'id'>, b: Pick<Ranked, 'score' | 'id'>) =>
  b.score - a.score || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);

/** The upper end of the window, and the score and the id of the last one shown of it; those are empty at its beginning. */
const cursorShape = z.tuple([at, word, word]);

async function searchMessages(context: Rooms, userId: string, query: SearchQuery) {
  const wanted = wantedOf(query.q);
  const terms = query.q !== '' && wanted.length === 0 ? undefined : tsqueryOf(wanted, query);
  if (terms === undefined) return { items: [], next: null };
  const [upper, score, id] =
    query.cursor === undefined
      ? [query.before ? new Date(query.before).toISOString() : EVER, '', '']
      : unpackCursor(query.cursor, cursorShape);
  const window = await windowOf(context, userId, query, terms, upper);
  const ranked = (window.rows ?? [])
    .flatMap((row): Ranked[] => {
      const rank = rankOf(wanted, row);
      return rank === undefined ? [] : [{ ...row, score: rank }];
    })
    .filter((row) => score === '' || comes({ score: Number(score), id }, row) < 0)
    .toSorted(comes);
  const shown = ranked.slice(0, query.limit);
  const last = shown.at(-1);
  const items = await found(context, userId, shown, wanted);
  if (ranked.length > shown.length && last) return { items, next: packCursor([upper, String(last.score), last.id]) };
  return { items, next: window.least ? packCursor([window.least.toISOString(), '', '']) : null };
}

/** As they are delivered, in the order of `rows`. */
async function found({ db }: Rooms, userId: string, rows: readonly Candidate[], wanted: readonly Wanted[]) {
  if (rows.length === 0) return [];
  const [read] = await db.$queryRaw<{ rows: MessageJson[] | null }[]>`
    SELECT json_agg(${messageJson(userId)}) AS rows
    FROM unnest(${rows.map(({ conversation }) => conversation)}::text[], ${rows.map(({ seq }) => seq)}::int[]) AS i(id, seq)
    JOIN message m ON m.conversation_id = i.id AND m.seq = i.seq AND m.recalled_at IS NULL`;
  const messages = new Map((read?.rows ?? []).map((row) => [row.id, toMessageEvent(rowOf(row))]));
  return rows.flatMap((row): FoundMessage[] => {
    const message = messages.get(row.id);
    return message ? [{ message, ...highlightsOf(message, wanted) }] : [];
  });
}

function highlightsOf({ text, media }: MessageEvent, wanted: readonly Wanted[]) {
  const files = (Array.isArray(media) ? media : [media]) as readonly ({ name?: unknown } | undefined)[];
  const of = (where: unknown) => (typeof where === 'string' ? highlightsIn(where, wanted) : []);
  return {
    highlights: of(text),
    nameHighlights: files.flatMap((file, i) => of(file?.name).map((highlight) => ({ file: i, ...highlight }))),
  };
}

/** All that there is; people and groups with the first page, where nothing but words was asked for. */
export async function search(context: Rooms, userId: string, query: SearchQuery): Promise<SearchResult> {
  const { q, conversation, sender, kind, after, before, cursor } = query;
  const everywhere = [conversation, sender, kind, after, before, cursor].every((one) => one === undefined);
  const [messages, people, groups] = await Promise.all([
    searchMessages(context, userId, query),
    everywhere ? findPeople(context, userId, { query: q, limit: OTHERS }).then(({ items }) => items) : [],
    everywhere ? findGroups(context, userId, wantedOf(q)) : [],
  ]);
  return { ...messages, people, groups };
}

/** Those the user is in, the most recently active first. */
async function findGroups({ db }: Rooms, userId: string, wanted: readonly Wanted[]): Promise<FoundGroup[]> {
  if (wanted.length === 0) return [];
  const [read] = await db.$queryRaw<{ rows: Omit<FoundGroup, 'members'>[] | null }[]>`
    SELECT json_agg(json_build_object('id', c.id, 'title', c.title, 'picture', c.picture) ORDER BY c.active_at DESC, c.id) AS rows
    FROM member me JOIN conversation c ON c.id = me.conversation_id AND c.kind = 'group' WHERE me.user_id = ${userId}`;
  const groups = (read?.rows ?? []).filter(({ title }) => matchIn(title, wanted)).slice(0, OTHERS);
  const counts = await db.member.groupBy({
    by: 'conversationId',
    where: { conversationId: { in: groups.map(({ id }) => id) } },
    _count: true,
  });
  const members = new Map(counts.map(({ conversationId, _count }) => [conversationId, _count]));
  return groups.map((group) => ({ ...group, members: members.get(group.id) ?? 0 }));
}
