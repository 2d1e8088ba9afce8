// What every process should know at once: a removed device, a changed contact. Sent to all on a fanout exchange;
// not kept for who is away, so whoever listens also bounds what it remembers by time.
import type { Code } from '../contract/errors.ts';
import { newId } from '../lib/id.ts';
import type { Connection } from './connection.ts';
import type { Publisher } from './publisher.ts';
import { CHANGES_EXCHANGE } from './topology.ts';

/** A login that has ended (server/revocations.ts): all tokens of a grant, or those a user was issued so far. */
export interface Revocation {
  readonly kind: 'grant' | 'user';
  readonly id: string;
  /** Milliseconds since the epoch; of a grant it does not matter. */
  readonly issuedBefore: number;
  /** when no token is left that it could refuse */
  readonly expiresAt: number;
}

export type Change =
  /** who may write in this conversation has changed */
  | { readonly type: 'reach'; readonly conversation: string }
  /** these users have left a group: to some of its members they may write no longer, nor these to them */
  | { readonly type: 'parted'; readonly users: readonly string[] }
  /** whom these users may see, or who may see them, has changed: contacts, blocks, privacy, groups */
  | { readonly type: 'acquainted'; readonly users: readonly string[] }
  /** what became of a change of a group: made, or refused with this code */
  | { readonly type: 'group'; readonly id: string; readonly code?: Code; readonly detail?: string }
  | { readonly type: 'device-removed'; readonly user: string; readonly device: string }
  | { readonly type: 'revoked'; readonly revocations: readonly Revocation[] };

export class Changes {
  readonly #publisher: Publisher;
  readonly #listeners = new Set<(change: Change) => void>();

  private constructor(publisher: Publisher) {
    this.#publisher = publisher;
  }

  static async open(consuming: Connection, publisher: Publisher): Promise<Changes> {
    const changes = new Changes(publisher);
    await consuming.keepChannel(async (channel) => {
      // named by us: no broker destination leads to names like this (contract/permissions.ts)
      const name = `${CHANGES_EXCHANGE}.${newId()}`;
      const { queue } = await channel.assertQueue(name, { exclusive: true, autoDelete: true });
      await channel.bindQueue(queue, CHANGES_EXCHANGE, '');
      await channel.consume(queue, (message) => message && changes.#tell(message.content), { noAck: true });
    });
    return changes;
  }

  async publish(change: Change): Promise<void> {
    const body = Buffer.from(JSON.stringify(change));
    await this.#publisher.publish({ exchange: CHANGES_EXCHANGE, routingKey: '', body, options: { persistent: false } });
  }

  /** Returns what ends the listening. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(body: Buffer): void {
    const change = JSON.parse(body.toString('utf8')) as Change;
    for (const listener of this.#listeners) listener(change);
  }
}
