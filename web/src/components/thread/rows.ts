// What a thread shows, row by row: the stored messages, then what waits in the outbox, with the days between.
import type { MessageEvent } from '../../../../server/contract/events.ts';
import type { Conversation } from '../../../../server/contract/rest.ts';
import { dayName, sameDay } from '../../lib/time.ts';
import { myId, nameOf, type Tick, tickOf } from '../../stores/conversations.ts';
import { textOf } from '../../stores/messages.ts';
import type { Content, Entry } from '../../stores/outbox.ts';
import { systemWords } from './system-words.ts';

/** What a bubble shows. Flat, and of values that stay the same: a row is drawn again when one of them differs. */
export interface Bubble {
  /** the clientMessageId where it is in the outbox */
  id: string;
  /** once it is stored */
  message?: MessageEvent | undefined;
  kind: Content['kind'];
  media?: unknown;
  text: string;
  at: string;
  mine: boolean;
  /** tells of a change of the group */
  notice?: boolean | undefined;
  recalled?: boolean | undefined;
  sender: string;
  /** begins a run of messages of one sender, and ends it */
  first: boolean;
  last: boolean;
  /** the sender's name, where it must be said */
  name?: string | undefined;
  /** what it answers */
  replyTo?: string | undefined;
  quoteWho?: string | undefined;
  quoteText?: string | undefined;
  /** "@Ann", where she is mentioned */
  mentioned?: string | undefined;
  tick?: Tick | Entry['state'] | undefined;
  reason?: string | undefined;
}

export interface Row {
  /** the own message keeps its key when its event takes the place of the outbox's entry */
  key: string;
  /** this message begins a day */
  day?: string | undefined;
  /** the first one has not read */
  unread?: boolean | undefined;
  bubble: Bubble;
}

type Bare = Omit<Bubble, 'first' | 'last' | 'name'> & Pick<Row, 'key'>;

/** In the text, "@" and the member's name; several lie one after the other with a NUL between, which no name holds. */
const mentionsOf = (conversation: Conversation, { mentions }: Pick<Content, 'mentions'>) =>
  mentions?.map((id) => `@${nameOf(conversation, id)}`).join('\0');

type Quotes = ReadonlyMap<string, MessageEvent>;

/** By the message that is here, which may have been changed since; else as the server quotes it. */
function quoteOf(
  conversation: Conversation,
  quotes: Quotes,
  { replyTo, quote }: Pick<Content, 'replyTo'> & Pick<MessageEvent, 'quote'>,
) {
  if (replyTo === undefined) return undefined;
  const quoted = quotes.get(replyTo) ?? quote;
  if (!quoted) return { replyTo, quoteText: 'A message you cannot see' };
  const quoteWho = quoted.sender === myId() ? 'You' : nameOf(conversation, quoted.sender);
  return { replyTo, quoteWho, quoteText: textOf(quoted) };
}

const ofMessage = (conversation: Conversation, quotes: Quotes, message: MessageEvent): Bare => {
  const notice = message.kind === 'system';
  const mine = message.sender === myId();
  return {
    key: mine ? message.clientMessageId : message.id,
    id: message.id,
    message,
    kind: message.kind === 'system' ? 'text' : message.kind,
    media: notice ? undefined : message.media,
    text: notice ? systemWords(conversation, message) : (message.text ?? ''),
    notice,
    recalled: message.recalledAt !== undefined,
    at: message.sentAt,
    mine,
    sender: nameOf(conversation, message.sender),
    ...quoteOf(conversation, quotes, message),
    mentioned: mentionsOf(conversation, message),
    tick: mine && !notice && !message.recalledAt ? tickOf(conversation, message.seq) : undefined,
  };
};

const ofEntry = (conversation: Conversation, quotes: Quotes, entry: Entry): Bare => ({
  key: entry.clientMessageId,
  id: entry.clientMessageId,
  kind: entry.kind ?? 'text',
  media: entry.media,
  text: entry.text ?? '',
  at: entry.createdAt,
  mine: true,
  sender: 'You',
  ...quoteOf(conversation, quotes, entry),
  mentioned: mentionsOf(conversation, entry),
  tick: entry.state,
  reason: entry.reason,
});

/** Whether `b` goes on where `a` has been: the same one speaks, on the same day. */
const goesOn = (a: Bare | undefined, b: Bare | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.mine === b.mine &&
  !a.notice === !b.notice &&
  a.sender === b.sender &&
  sameDay(a.at, b.at);

/** `unreadAfter`: the first message of another after this seq begins what is unread. */
export function rowsOf(
  conversation: Conversation,
  messages: readonly MessageEvent[],
  entries: readonly Entry[],
  unreadAfter = Number.POSITIVE_INFINITY,
): Row[] {
  const quotes = new Map(messages.map((message) => [message.id, message]));
  const stored = messages.map((message) => ofMessage(conversation, quotes, message));
  const here = new Set(stored.map(({ key }) => key));
  const waiting = entries.map((entry) => ofEntry(conversation, quotes, entry)).filter(({ key }) => !here.has(key));
  const bare = [...stored, ...waiting];
  const unreadFrom = messages.find(({ seq, sender }) => seq > unreadAfter && sender !== myId())?.id;
  return bare.map((row, index) => {
    const { key, ...shown } = row;
    const before = bare[index - 1];
    const unread = row.id === unreadFrom;
    const first = unread || !goesOn(before, row);
    const last = !goesOn(row, bare[index + 1]);
    const name = first && !row.mine && conversation.kind === 'group' ? row.sender : undefined;
    const day = before && sameDay(before.at, row.at) ? undefined : dayName(row.at);
    return { key, day, unread, bubble: { ...shown, first, last, name } };
  });
}
