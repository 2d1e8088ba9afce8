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
  #frame: PreparedMessage | undefined;

  constructor({ key, message }: Pick<MailboxHeader, 'key' | 'message'>, body: Buffer) {
    this.key = key;
    this.message = message;
    this.body = body;
  }

  get frame(): PreparedMessage {
    this.#frame ??= prepareMessage(
      { destination: EVENTS_DESTINATION, 'content-type': 'application/json;charset=utf-8' },
      this.body,
    );
    return this.#frame;
  }

  /** AMQP headers for its copy in a device queue. */
  get headers(): Record<string, string> {
    return { [ITEM_HEADER]: JSON.stringify({ key: this.key, message: this.message }) };
  }

  static fromDeviceQueue({ headers, body }: Delivery): EventItem {
    const header = headers[ITEM_HEADER];
    if (typeof header !== 'string') throw new Error('not an event of ours');
    return new EventItem(JSON.parse(header) as MailboxHeader, body);
  }
}
