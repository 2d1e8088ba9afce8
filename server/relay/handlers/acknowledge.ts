// ACK and NACK, of events and of messages from the broker. Whose it is, the id says: it is ours in both cases.
import { ParleyError } from '../../errors.ts';
import type { Frame } from '../../stomp/frame.ts';
import { checkSubscription, messageIdOf, unknownMessage } from '../acknowledgement.ts';
import { isBrokerMessage } from '../broker-leg/leg.ts';
import { EVENTS_DESTINATION } from '../event-item.ts';
import type { Session } from '../session.ts';
import { duringTransaction } from './transaction.ts';
import { eventNumber } from './subscribe.ts';

export function ack(session: Session, frame: Frame): undefined {
  if (duringTransaction(session, frame) || ofBroker(session, frame)) return;
  const { number, cumulative } = find(session, frame);
  if (!session.device?.ack(number, cumulative)) throw unknownMessage(frame);
  session.receipt(frame);
}

export function nack(session: Session, frame: Frame): undefined {
  if (duringTransaction(session, frame) || ofBroker(session, frame)) return;
  const { number, cumulative } = find(session, frame);
  if (!session.device?.nack(number, cumulative)) throw unknownMessage(frame);
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

/** `cumulative`: in the mode `client` it speaks of all before it too (STOMP 1.2 "ACK", "NACK"). */
function find(session: Session, frame: Frame): { number: number; cumulative: boolean } {
  const number = eventNumber(messageIdOf(frame));
  if (number === undefined) throw unknownMessage(frame);
  // only events are acknowledged, and a session has one subscription to them
  const subscriptions = [...session.subscriptions.values()];
  const events = subscriptions.find(({ destination }) => destination === EVENTS_DESTINATION);
  checkSubscription(session, frame, events);
  return { number, cumulative: events?.ack === 'client' };
}
