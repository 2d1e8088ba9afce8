// ACK and NACK, of events and of messages from the broker. Whose it is, the id says: it is ours in both cases.
import { ParleyError } from '../../errors.ts';
import type { Frame } from '../../stomp/frame.ts';
import { checkSubscription, messageIdOf, unknownMessage } from '../acknowledgement.ts';
import { isBrokerMessage } from '../broker-leg/leg.ts';
import { EVENTS_DESTINATION } from '../event-item.ts';
import type { Session } from '../session.ts';
import { duringTransaction } from './transaction.ts';

export function ack(session: Session, frame: Frame): undefined {
  if (duringTransaction(session, frame) || ofBroker(session, frame)) return;
  const { number, cumulative } = namedEvent(session, frame);
  session.device?.ack(number, cumulative);
  session.receipt(frame);
}

export function nack(session: Session, frame: Frame): undefined {
  if (duringTransaction(session, frame) || ofBroker(session, frame)) return;
  const { number, cumulative } = namedEvent(session, frame);
  session.device?.nack(number, cumulative);
  session.receipt(frame);
}

/** True if it was a message from the broker. */
function ofBroker(session: Session, frame: Frame): boolean {
  if (!isBrokerMessage(messageIdOf(frame))) return false;
  try {
    session.brokerLeg.acknowledge(frame);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    session.refuse(error.code, error.message, frame);
  }
  return true;
}

/**
 * The event that the frame is about: one that this session has seen, whether or not it waits for it still. `cumulative`: in
 * the mode `client` the frame speaks of all before it too (STOMP 1.2 "ACK", "NACK").
 */
export function namedEvent(session: Session, frame: Frame): { number: number; cumulative: boolean } {
  const number = session.eventIds.numberOf(messageIdOf(frame));
  if (number === undefined) throw unknownMessage(frame);
  // only events are acknowledged, and a session has one subscription to them
  const subscriptions = [...session.subscriptions.values()];
  const events = subscriptions.find(({ destination }) => destination === EVENTS_DESTINATION);
  checkSubscription(session, frame, events);
  return { number, cumulative: events?.ack === 'client' };
}
