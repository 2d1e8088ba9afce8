// A change of a group in its turn in a worker: made, told, and who asked for it answered. Safe to repeat.
import type { GroupChangeEnvelope } from '../broker/group-change.ts';
import type { InboundEntry } from '../broker/wire.ts';
import type { Context } from '../context.ts';
import { ParleyError } from '../errors.ts';
import { acquaint } from './acquaint.ts';
import { changeGroup, namesOf } from './change-group.ts';
import { storedMessages } from './stored-messages.ts';
import { tellGroup } from './tell-group.ts';

export type GroupEntry = Extract<InboundEntry, { kind: 'group' }>;

/** Resolves when it is made or refused; what it resolves with (`told`), when the broker has all that came of it. */
export async function processGroupChange(
  { db, broker, config, clock }: Context,
  change: GroupChangeEnvelope,
): Promise<{ readonly told: Promise<void> }> {
  const { id, conversation } = change;
  try {
    await changeGroup(db, change, config.GROUP_LIMIT, clock);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    return { told: broker.changes.publish({ type: 'group', id, code: error.code, detail: error.message }) };
  }
  const stored = await storedMessages(db, namesOf(change));
  const published = broker.mailboxes.publish(await tellGroup(db, stored));
  // who may write here is forgotten before anybody is told that she has changed it
  const forgotten = broker.changes.publish({ type: 'reach', conversation });
  const acquainted = (await acquaint(db, config, conversation, stored)).map((news) => broker.changes.publish(news));
  const answered = broker.changes.publish({ type: 'group', id });
  return { told: Promise.all([published, forgotten, ...acquainted, answered]).then(() => {}) };
}
