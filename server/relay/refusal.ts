// Saying no to a frame: a MESSAGE on /user/queue/refusals, to every subscription that a session has to it.
import type { z } from 'zod';
import type { refusal } from '../contract/destinations.ts';
import { newId } from '../lib/id.ts';
import type { Session } from './session.ts';

const DESTINATION = '/user/queue/refusals';

/** Without such a subscription nobody is told. */
export function tellRefusal(session: Session, said: z.infer<typeof refusal>): void {
  const body = JSON.stringify(said);
  for (const { id: subscription, destination } of session.subscriptions.values()) {
    if (destination !== DESTINATION) continue;
    const own = { subscription, destination, 'message-id': `r-${newId()}` };
    session.send('MESSAGE', { ...own, 'content-type': 'application/json;charset=utf-8' }, body);
  }
}
