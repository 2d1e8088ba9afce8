// Asking for a change of a group: handed to the worker of the group's messages, which makes it in its turn, and then
// waited for. What was not answered in time is not made later; where the answer got lost, the database knows it.
import type { GroupAction, GroupChangeEnvelope } from '../broker/group-change.ts';
import { encodeGroupChange } from '../broker/wire.ts';
import type { Context } from '../context.ts';
import type { Code } from '../contract/errors.ts';
import { ParleyError } from '../errors.ts';
import { sleep } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';

const MADE_WITHIN_MS = 5000;
const ANSWERED_WITHIN_MS = 8000;

type Answer = { readonly code?: Code; readonly detail?: string };

export class GroupChanges {
  readonly #context: Pick<Context, 'broker' | 'clock' | 'db'>;
  readonly #waiting = new Map<string, (answer: Answer) => void>();
  readonly #stopListening: () => void;

  constructor(context: Pick<Context, 'broker' | 'clock' | 'db'>) {
    this.#context = context;
    this.#stopListening = context.broker.changes.listen((change) => {
      if (change.type === 'group') this.#waiting.get(change.id)?.(change);
    });
  }

  close(): void {
    this.#stopListening();
  }

  /** Resolves when it is made. Errors: the rule's (server/chat/group-rules.ts), `busy`, `not-ready`. */
  async make(conversation: string, by: string, action: GroupAction): Promise<void> {
    const id = newId(this.#context.clock.now());
    const given = new AbortController();
    let answer: Answer | undefined;
    this.#waiting.set(id, (told) => {
      answer = told;
      given.abort();
    });
    try {
      this.#offer(id, conversation, by, action, MADE_WITHIN_MS);
      await sleep(ANSWERED_WITHIN_MS, given.signal);
    } finally {
      this.#waiting.delete(id);
    }
    if (answer?.code) throw new ParleyError(answer.code, answer.detail);
    if (!answer && !(await this.#isMade(id, conversation, by)))
      throw new ParleyError('not-ready', 'The group was not changed.');
  }

  /** Does not wait, and is made however late. */
  note(conversation: string, by: string, action: GroupAction): void {
    this.#offer(newId(this.#context.clock.now()), conversation, by, action);
  }

  #offer(id: string, conversation: string, by: string, action: GroupAction, withinMs?: number): void {
    offerGroupChange(this.#context, { id, conversation, by, action }, withinMs);
  }

  /** Waits for who is making it, if anybody is: from then on it is too late for it. */
  async #isMade(id: string, conversation: string, by: string): Promise<boolean> {
    return this.#context.db.$transaction(async (tx) => {
      await tx.$executeRaw`SELECT FROM conversation WHERE id = ${conversation} FOR KEY SHARE`;
      const where = { senderId: by, clientMessageId: id };
      return (await tx.message.findFirst({ where, select: { id: true } })) !== null;
    });
  }
}

/** Hands the change to its worker; of two with one id and one maker only the first is made. Error: `busy`. */
export function offerGroupChange(
  { broker, clock }: Pick<Context, 'broker' | 'clock'>,
  change: Pick<GroupChangeEnvelope, 'id' | 'conversation' | 'by' | 'action'>,
  withinMs?: number,
): void {
  const now = clock.now();
  const until = withinMs === undefined ? undefined : new Date(now + withinMs).toISOString();
  const line = encodeGroupChange({ ...change, sentAt: new Date(now).toISOString(), until });
  const { conversation, by: sender } = change;
  if (!broker.inbound.offer({ conversation, sender, line, confirmed: () => {} })) throw new ParleyError('busy');
}
