// Who may write where: the one rule, with the answers that were yes kept for a while. A yes is dropped when a change
// says so (broker/changes.ts) and grows old anyway; a no is never kept.
import { LRUCache } from 'lru-cache';
import type { Context } from '../context.ts';
import { directConversationId, directMembers } from '../contract/conversation-id.ts';
import type { Code } from '../contract/errors.ts';
import { ParleyError } from '../errors.ts';
import { Batcher } from '../lib/batcher.ts';

const KEPT_MS = 60_000;
const CONVERSATIONS_KEPT = 100_000;

/** To `take part` is to be a member, or to be able to become one: what is asked of markers, say. */
export type Deed = 'write' | 'take part';

export type Target = { readonly conversation: string } | { readonly user: string };

interface Question {
  readonly sender: string;
  readonly conversation: string;
  /** the other member of a direct conversation */
  readonly other: string | undefined;
  readonly answer: (code: Code | undefined) => void;
  readonly failed: (error: unknown) => void;
}

/* Accepted contacts, people of one circle, members of one group, and oneself may write to each other. */
const MAY_WRITE = `
SELECT q.ord::int AS ord,
  CASE
    WHEN q.other IS NULL THEN
      nullif(coalesce((
        SELECT CASE WHEN g.posting = 'admins' AND m.role = 'member' THEN 'only-admins-post' ELSE '' END
        FROM member m JOIN conversation g ON g.id = m.conversation_id
        WHERE m.conversation_id = q.conversation AND m.user_id = q.sender
      ), 'no-such-conversation'), '')
    WHEN o.id IS NULL OR o.kind = 'deleted' THEN 'no-such-user'
    WHEN EXISTS (SELECT 1 FROM block b WHERE b.user_id = q.sender AND b.blocked_id = q.other) THEN 'user-blocked'
    WHEN EXISTS (SELECT 1 FROM block b WHERE b.user_id = q.other AND b.blocked_id = q.sender) THEN 'not-a-contact'
    WHEN q.other = q.sender OR o.circle = s.circle
      OR EXISTS (SELECT 1 FROM contact c WHERE c.state = 'accepted'
        AND ((c.from_id = q.sender AND c.to_id = q.other) OR (c.from_id = q.other AND c.to_id = q.sender)))
      OR EXISTS (SELECT 1 FROM member a JOIN member b USING (conversation_id)
        JOIN conversation g ON g.id = a.conversation_id AND g.kind = 'group'
        WHERE a.user_id = q.sender AND b.user_id = q.other)
      THEN NULL
    ELSE 'not-a-contact'
  END AS code
FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS q(sender, conversation, other, ord)
LEFT JOIN "user" s ON s.id = q.sender LEFT JOIN "user" o ON o.id = q.other`;

interface Known {
  /** how many changes were heard of when it was asked */
  readonly changes: number;
  /** by sender; false: she is a member, and the others write */
  readonly writes: Map<string, boolean>;
}

export class Reach {
  readonly #yes = new LRUCache<string, Known>({ max: CONVERSATIONS_KEPT, ttl: KEPT_MS });
  /** who has left a group, at which change: what was known before of her direct conversations may rest on it */
  readonly #parted = new LRUCache<string, number>({ max: CONVERSATIONS_KEPT, ttl: KEPT_MS });
  #changes = 0;
  readonly #questions: Batcher<Question>;
  readonly #stopListening: () => void;

  constructor(context: Pick<Context, 'db' | 'broker'>) {
    this.#questions = new Batcher<Question>({
      outstanding: 2,
      maxEntries: 500,
      maxBytes: Number.POSITIVE_INFINITY,
      flush: (batch) => this.#ask(context, batch),
    });
    this.#stopListening = context.broker.changes.listen((change) => {
      if (change.type !== 'reach' && change.type !== 'parted') return;
      this.#changes += 1;
      if (change.type === 'reach') this.#yes.delete(change.conversation);
      else for (const user of change.users) this.#parted.set(user, this.#changes);
    });
  }

  close(): void {
    this.#stopListening();
  }

  /**
   * The conversation that `sender` may write to, or take part in; at once where that is known, else a promise.
   * Errors: `no-such-user`, `no-such-conversation`, `not-a-contact`, `only-admins-post`.
   */
  check(sender: string, to: Target, deed: Deed = 'write'): string | Promise<string> {
    const conversation = 'user' in to ? directConversationId(sender, to.user) : to.conversation;
    const writes = this.#known(conversation)?.writes.get(sender);
    if (writes || (writes === false && deed === 'take part')) return conversation;
    return this.#find(sender, conversation, 'user' in to ? to.user : undefined, deed);
  }

  #known(conversation: string): Known | undefined {
    const known = this.#yes.get(conversation);
    if (!known || this.#parted.size === 0) return known;
    const isOld = directMembers(conversation)?.some((member) => (this.#parted.get(member) ?? 0) > known.changes);
    return isOld ? undefined : known;
  }

  async #find(sender: string, conversation: string, named: string | undefined, deed: Deed): Promise<string> {
    const members = directMembers(conversation);
    if (members && !members.includes(sender)) throw new ParleyError('no-such-conversation');
    // a user's name that is none cannot be looked up (it may hold what no id holds), but gets the same answer
    if (named !== undefined && !members) throw new ParleyError('no-such-user');
    const other = members && (members.find((member) => member !== sender) ?? sender);
    const changes = this.#changes;
    const code = await new Promise<Code | undefined>((answer, failed) =>
      this.#questions.add({ sender, conversation, other, answer, failed }),
    );
    if (code && (code !== 'only-admins-post' || deed === 'write')) throw new ParleyError(code);
    // what has changed since it was asked may be this
    if (changes !== this.#changes) return conversation;
    const known = this.#known(conversation);
    if (known) known.writes.set(sender, !code);
    else this.#yes.set(conversation, { changes, writes: new Map([[sender, !code]]) });
    return conversation;
  }

  async #ask({ db }: Pick<Context, 'db'>, batch: readonly Question[]): Promise<void> {
    try {
      const rows = await db.$queryRawUnsafe<{ ord: number; code: Code | null }[]>(
        MAY_WRITE,
        batch.map(({ sender }) => sender),
        batch.map(({ conversation }) => conversation),
        batch.map(({ other }) => other ?? null),
      );
      for (const { ord, code } of rows) batch[ord - 1]?.answer(code ?? undefined);
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  }
}
