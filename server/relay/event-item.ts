// An event on its way to devices: its bytes, what its acknowledgement means, and the MESSAGE frame it becomes,
// encoded once for all who get it.
import type { Delivery } from '../broker/consumer.ts';
import type { MailboxHeader } from '../broker/wire.ts';
import { type PreparedMessage, prepareMessage } from '../stomp/encoder.ts';

export const EVENTS_DESTINATION = '/user/queue/events';

/** Carries what a relay needs to know of an event through a device queue; other readers ignore it. */
const ITEM_HEADER = 'x-parley-event';

export class EventItem {
  /** The same for every copy of the event. */
  readonly key: string;
  readonly body: Buffer;
  readonly message: MailboxHeader['message'];
  readonly #expires: MailboxHeader['expires'];
  #frame: PreparedMessage | undefined;
  #emptied: PreparedMessage | undefined;

  constructor({ key, message, expires }: Pick<MailboxHeader, 'key' | 'message' | 'expires'>, body: Buffer) {
    this.key = key;
    this.message = message;
    this.#expires = expires;
    this.body = body;
  }

  /** What disappears is not told after its time, however long it has waited. */
  frameAt(now: number): PreparedMessage {
    if (this.#expires === undefined || now < this.#expires) return (this.#frame ??= prepare(this.body));
    return (this.#emptied ??= prepare(emptied(this.body)));
  }

  /** AMQP headers for its copy in a device queue. */
  get headers(): Record<string, string> {
    return { [ITEM_HEADER]: JSON.stringify({ key: this.key, message: this.message, expires: this.#expires }) };
  }

  static fromDeviceQueue({ headers, body }: Delivery): EventItem {
    const header = headers[ITEM_HEADER];
    if (typeof header !== 'string') throw new Error('not an event of ours');
    return new EventItem(JSON.parse(header) as MailboxHeader, body);
  }
}

const prepare = (body: Buffer): PreparedMessage =>
  prepareMessage({ destination: EVENTS_DESTINATION, 'content-type': 'application/json;charset=utf-8' }, body);

const SAID: ReadonlySet<string> = new Set(['text', 'media', 'mentions', 'preview', 'quote']);

/** A message without what it says; an edit without its text. */
function emptied(body: Buffer): Buffer {
  const event = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  const rest = Object.fromEntries(Object.entries(event).filter(([name]) => !SAID.has(name)));
  return Buffer.from(JSON.stringify(event.type === 'message.edited' ? { ...rest, text: '' } : rest));
}
