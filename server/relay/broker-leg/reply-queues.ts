// The /temp-queues of a session: the client's names for them, and those that RabbitMQ is given (`tN`). Replies to them are
// private to the session.

const PREFIX = '/temp-queue/';

export class ReplyQueues {
  readonly #most: number;
  /** the client's names → RabbitMQ's */
  readonly #known = new Map<string, string>();
  /** As MESSAGEs name them in `subscription`: RabbitMQ's → the client's. */
  readonly #subscriptions = new Map<string, string>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#known.size;
  }

  /** The name for RabbitMQ; undefined: the session has as many as it may. */
  nameFor(clients: string): string | undefined {
    const known = this.#known.get(clients);
    if (known !== undefined || this.#known.size >= this.#most) return known;
    const name = `t${this.#known.size + 1}`;
    this.#known.set(clients, name);
    this.#subscriptions.set(PREFIX + name, PREFIX + clients.replaceAll('/', '%2F'));
    return name;
  }

  /** What the client knows as the subscription of this MESSAGE. */
  subscriptionOf(brokers: string): string | undefined {
    return this.#subscriptions.get(brokers);
  }
}
