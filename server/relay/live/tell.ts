// Writing to a session's subscription to /user/queue/live.
import { newId } from '../../lib/id.ts';
import type { Session } from '../session.ts';

const DESTINATION = '/user/queue/live';

/** Without such a subscription nobody is told. The body is JSON. */
export function tellLive(session: Session, body: string): void {
  for (const { id: subscription, destination } of session.subscriptions.values()) {
    if (destination !== DESTINATION) continue;
    const own = { subscription, destination, 'message-id': `l-${newId()}` };
    return session.send('MESSAGE', { ...own, 'content-type': 'application/json;charset=utf-8' }, body);
  }
}
