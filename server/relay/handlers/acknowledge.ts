// ACK and NACK, of events and of messages from the broker. Whose it is, the id in the MESSAGE's `ack` header (1.2) or
// `message-id` (before) says: it is ours in both cases.
import { ParleyError } from '../../errors.ts';
import type { Frame } from '../../stomp/frame.ts';
import { quote, StompError } from '../../stomp/stomp-error.ts';
import { isBrokerMessage } from '../broker-leg/leg.ts';
import { EVENTS_DESTINATION } from '../event-item.ts';
import type { Session } from '../session.ts';
import { duringTransaction } from './transaction.ts';
import { eventNumber } from './subscribe.ts';

export function ack(session: Session, frame: Frame): undefined {
  if (duringTransaction(session, frame) || ofBroker(session, frame)) return;
  const { number, cumulative } = find(session, frame);
  if (!session.device?.ack(number, cumulative)) throw unknown(frame);
  session.receipt(frame);
}

export function nack(session: Session, frame: Frame): undefined {
  if (duringTransaction(session, frame) || ofBroker(session, frame)) return;
  const { number, cumulative } = find(session, frame);
  if (!session.device?.nack(number, cumulative)) throw unknown(frame);
  session.receipt(frame);
}

export const idOf = ({ headers }: Frame): string => headers.get('id') ?? headers.get('message-id') ?? '';

/** True if it was a message from the broker. */
function ofBroker(session: Session, frame: Frame): boolean {
  if (!isBrokerMessage(idOf(frame))) return false;
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
  const number = eventNumber(idOf(frame));
  if (number === undefined) throw unknown(frame);
  // only events are acknowledged, and a session has one subscription to them
  const subscriptions = [...session.subscriptions.values()];
  const events = subscriptions.find(({ destination }) => destination === EVENTS_DESTINATION);
  return { number, cumulative: events?.ack === 'client' };
}

const unknown = (frame: Frame): StompError =>
  new StompError('protocol-error', `${frame.command} names no message of this session: ${quote(idOf(frame))}`);
