// Publishing that is not over before the broker's confirm: what was not confirmed when the connection broke is
// published again when it is back, in the old order. So at least once, and who publishes bounds how much is out.
import type { ConfirmChannel, Options } from 'amqplib';
import { sleep } from '../lib/backoff.ts';
import type { Connection } from './connection.ts';

const NACK_PAUSE_MS = 200;

export interface Publication {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Buffer;
  readonly options: Options.Publish;
}

interface Pending extends Publication {
  readonly order: number;
  readonly resolve: (routed: boolean) => void;
}

export class Publisher {
  #channel: ConfirmChannel | undefined;
  #waiting: Pending[] = [];
  #order = 0;
  readonly #returned = new Set<string>();

  static async open(connection: Connection): Promise<Publisher> {
    const publisher = new Publisher();
    await connection.keepChannel(
      (channel) => {
        // basic.return comes before the confirm of the same message
        channel.on('return', (message) => publisher.#returned.add(String(message.properties.messageId)));
        publisher.#channel = channel;
        publisher.#resume();
      },
      () => {
        publisher.#channel = undefined;
      },
    );
    return publisher;
  }

  /** Resolves with the broker's confirm: true if a queue took it, false if `mandatory` was asked and none did. */
  publish(publication: Publication): Promise<boolean> {
    return new Promise((resolve) => {
      const pending = { ...publication, order: this.#order++, resolve };
      if (this.#channel && this.#waiting.length === 0) this.#send(this.#channel, pending);
      else this.#waiting.push(pending);
    });
  }

  #send(channel: ConfirmChannel, pending: Pending): void {
    const messageId = String(pending.order);
    const options = { ...pending.options, persistent: pending.options.persistent ?? true, messageId };
    const confirmed = (error: unknown) => {
      if (!error) return pending.resolve(!this.#returned.delete(messageId));
      this.#waiting.push(pending);
      // the channel stands, so the broker itself said no (basic.nack): a queue's process died, say
      if (this.#channel === channel) void sleep(NACK_PAUSE_MS).then(() => this.#resume());
    };
    try {
      channel.publish(pending.exchange, pending.routingKey, pending.body, options, confirmed);
    } catch {
      // closed in this moment: the next channel sends it
      this.#waiting.push(pending);
    }
  }

  #resume(): void {
    const waiting = this.#waiting.toSorted((a, b) => a.order - b.order);
    this.#waiting = [];
    for (const pending of waiting) {
      if (this.#channel) this.#send(this.#channel, pending);
      else this.#waiting.push(pending);
    }
  }
}
