// Who is told that somebody types in a conversation: its other members, but for those with a block between. Kept for a
// moment, since somebody who types says so again and again.
import { LRUCache } from 'lru-cache';
import type { Context } from '../context.ts';
import { directMembers } from '../contract/conversation-id.ts';

const KEPT_MS = 10_000;
const CONVERSATIONS_KEPT = 10_000;

export class TypingAudience {
  readonly #db: Context['db'];
  readonly #kept = new LRUCache<string, Map<string, readonly string[]>>({ max: CONVERSATIONS_KEPT, ttl: KEPT_MS });
  readonly #stopListening: () => void;

  constructor({ db, broker }: Pick<Context, 'db' | 'broker'>) {
    this.#db = db;
    this.#stopListening = broker.changes.listen((change) => {
      if (change.type === 'reach') this.#kept.delete(change.conversation);
      // rare, and in which groups a block counts nobody keeps
      else if (change.type === 'acquainted') this.#kept.clear();
    });
  }

  close(): void {
    this.#stopListening();
  }

  /** The user may write there: that was checked. Of a direct conversation a block forbids it. */
  async of(userId: string, conversation: string): Promise<readonly string[]> {
    const direct = directMembers(conversation);
    if (direct) return direct.filter((member) => member !== userId);
    const known = this.#kept.get(conversation);
    const kept = known?.get(userId);
    if (kept) return kept;
    const rows = await this.#db.$queryRaw<{ id: string }[]>`
      SELECT m.user_id AS id FROM member m WHERE m.conversation_id = ${conversation} AND m.user_id <> ${userId}
        AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = m.user_id AND b.blocked_id = ${userId})
        AND NOT EXISTS (SELECT FROM block b WHERE b.user_id = ${userId} AND b.blocked_id = m.user_id)`;
    const found = rows.map(({ id }) => id);
    if (known) known.set(userId, found);
    else this.#kept.set(conversation, new Map([[userId, found]]));
    return found;
  }
}
