// What a thread shows, row by row: the stored messages, then what waits in the outbox, with the days between.
import type { MessageEvent } from '../../../../server/contract/events.ts';
import type { Conversation } from '../../../../server/contract/rest.ts';
import { dayName, sameDay } from '../../lib/time.ts';
import { myId, nameOf, type Tick, tickOf } from '../../stores/conversations.ts';
import { textOf } from '../../stores/messages.ts';
import { systemWords } from './system-words.ts';
import type { Entry } from '../../stores/outbox.ts';

/** What a bubble shows. */
export interface Bubble {
  /** the clientMessageId where it is in the outbox */
  id: string;
  text: string;
  at: string;
  mine: boolean;
  /** tells of a change of the group */
  notice?: boolean | undefined;
  sender: string;
  /** begins a run of messages of one sender */
  first: boolean;
  /** the sender's name, where it must be said */
  name?: string | undefined;
  tick?: Tick | Entry['state'] | undefined;
  reason?: string | undefined;
}

export interface Row {
  /** the own message keeps its key when its event takes the place of the outbox's entry */
  key: string;
  /** this message begins a day */
  day?: string | undefined;
  bubble: Bubble;
}

type Bare = Omit<Bubble, 'first' | 'name'> & Pick<Row, 'key'>;

const ofMessage = (conversation: Conversation, message: MessageEvent): Bare => {
  const system = message.kind === 'system';
  const mine = message.sender === myId();
  return {
    key: mine ? message.clientMessageId : message.id,
    id: message.id,
    text: system ? systemWords(conversation, message) : textOf(message),
    notice: system,
    at: message.sentAt,
    mine,
    sender: nameOf(conversation, message.sender),
    tick: mine && !system ? tickOf(conversation, message.seq) : undefined,
  };
};

const ofEntry = (entry: Entry): Bare => ({
  key: entry.clientMessageId,
  id: entry.clientMessageId,
  text: entry.text,
  at: entry.createdAt,
  mine: true,
  sender: 'You',
  tick: entry.state,
  reason: entry.reason,
});

export function rowsOf(conversation: Conversation, messages: readonly MessageEvent[], entries: Entry[]): Row[] {
  const stored = messages.map((message) => ofMessage(conversation, message));
  const here = new Set(stored.map(({ key }) => key));
  const bare = [...stored, ...entries.map(ofEntry).filter(({ key }) => !here.has(key))];
  return bare.map(({ key, ...row }, index) => {
    const before = bare[index - 1];
    const newDay = !before || !sameDay(before.at, row.at);
    const first = newDay || before.mine !== row.mine || before.notice !== row.notice || before.sender !== row.sender;
    const name = first && !row.mine && conversation.kind === 'group' ? row.sender : undefined;
    return { key, day: newDay ? dayName(row.at) : undefined, bubble: { ...row, first, name } };
  });
}
