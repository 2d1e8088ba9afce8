// SUBSCRIBE and UNSUBSCRIBE. What one may subscribe to is a table, or a broker destination that one's roles permit;
// everything else is denied.
import { isBrokerDestination } from '../../contract/broker-destination.ts';
import type { SubscribeDestination } from '../../contract/destinations.ts';
import { ParleyError } from '../../errors.ts';
import type { Frame } from '../../stomp/frame.ts';
import { quote, StompError } from '../../stomp/stomp-error.ts';
import type { Outlet } from '../device.ts';
import type { Session, Subscription } from '../session.ts';

interface Subscribable {
  readonly begin: (session: Session, subscription: Subscription) => void;
  readonly end: (session: Session) => void;
}

const nothing = () => {};

const subscribables: Readonly<Record<SubscribeDestination, Subscribable>> = {
  '/user/queue/events': {
    begin: (session, subscription) => session.device?.attach(outletOf(session, subscription)),
    end: (session) => session.device?.detach(),
  },
  '/user/queue/live': {
    begin: (session) => session.rooms.presence.watch(session),
    end: (session) => session.rooms.presence.unwatch(session),
  },
  // refusal.ts looks for it
  '/user/queue/refusals': { begin: nothing, end: nothing },
};

const subscribableOf = (destination: string): Subscribable | undefined =>
  Object.hasOwn(subscribables, destination) ? subscribables[destination as SubscribeDestination] : undefined;

export function subscribe(session: Session, frame: Frame): Promise<void> | undefined {
  const { headers } = frame;
  const destination = headers.get('destination') as string;
  // STOMP 1.0 needs no id: the destination stands for it
  const id = headers.get('id') ?? destination;
  const subscribable = subscribableOf(destination);
  const isBrokers = isBrokerDestination(destination);
  if (!subscribable && !isBrokers)
    throw new ParleyError('subscription-denied', `You may not subscribe to ${quote(destination)}.`);
  if (session.subscriptions.has(id))
    throw new StompError('protocol-error', `there is a subscription ${quote(id)} already`);
  for (const other of session.subscriptions.values()) {
    if (other.destination !== destination || isBrokers) continue;
    session.refuse('already-subscribed', `This session is subscribed to ${destination} already.`, frame);
    return undefined;
  }
  if (session.subscriptions.size >= session.rooms.context.config.STOMP_SUBSCRIPTIONS) {
    throw new ParleyError('too-many-subscriptions');
  }
  const subscription = { id, destination, ack: (headers.get('ack') ?? 'auto') as Subscription['ack'] };
  if (!subscribable) return subscribeToBroker(session, frame, subscription);
  session.subscriptions.set(id, subscription);
  // the receipt first: what the subscription brings comes after it
  session.receipt(frame);
  // a peer that does not read is cut by any write
  if (!session.ended) subscribable.begin(session, subscription);
  return undefined;
}

async function subscribeToBroker(session: Session, frame: Frame, subscription: Subscription): Promise<void> {
  try {
    await session.brokerLeg.subscribe(frame, subscription);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    if (error.code === 'not-allowed') throw new ParleyError('subscription-denied', error.message);
    if (error.code !== 'busy') throw error;
    session.refuse(error.code, error.message, frame);
  }
}

export function unsubscribe(session: Session, frame: Frame): undefined {
  const id = (frame.headers.get('id') ?? frame.headers.get('destination')) as string;
  const subscription = session.subscriptions.get(id);
  if (!subscription) throw new StompError('protocol-error', `there is no subscription ${quote(id)}`);
  if (session.brokerLeg.has(id)) {
    unsubscribeFromBroker(session, frame, id);
  } else {
    session.subscriptions.delete(id);
    subscribableOf(subscription.destination)?.end(session);
    session.receipt(frame);
  }
}

function unsubscribeFromBroker(session: Session, frame: Frame, id: string): void {
  try {
    session.brokerLeg.unsubscribe(frame, id);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    session.refuse(error.code, error.message, frame);
  }
}

function outletOf(session: Session, { id, ack }: Subscription): Outlet {
  const acknowledges = ack !== 'auto';
  return {
    acknowledges,
    get ready() {
      return session.writable;
    },
    push(item, number) {
      const messageId = session.eventIds.idFor(number);
      // STOMP 1.2 "MESSAGE": an ack header where the subscription acknowledges; before 1.2 there was none
      const ackId = acknowledges && session.version === '1.2' ? messageId : undefined;
      session.write(item.frameAt(session.rooms.context.clock.now()).for(session.version, id, messageId, ackId));
    },
  };
}
