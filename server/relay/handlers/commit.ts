// COMMIT: all of a transaction or nothing of it, over both legs. First everything is checked: each SEND to /app (rate,
// body, whom it is for), each event that is acknowledged; and there must be room for what goes through our own queues.
// Then RabbitMQ checks and does its part, as one transaction there. What is ours cannot be refused after that.
//
// Refused is COMMIT and each of its frames, before anything is done. A part may be left where RabbitMQ finds fault with a
// frame that was permitted (no such exchange: ERROR, and its part before that is done, ours is not), or where a broker
// or relay dies. COMMIT has no receipt then, and what is sent again under its clientMessageId is done once.
import type { Held, InboundLine } from '../../broker/inbound.ts';
import { isBrokerDestination } from '../../contract/broker-destination.ts';
import { ParleyError } from '../../errors.ts';
import type { ClientFrame } from '../../stomp/commands.ts';
import type { Frame } from '../../stomp/frame.ts';
import { messageIdOf } from '../acknowledgement.ts';
import { isBrokerMessage } from '../broker-leg/leg.ts';
import { clientMessageIdOf, readJson } from '../drafts.ts';
import type { OwedReceipt } from '../receipts.ts';
import type { Session } from '../session.ts';
import { ack, nack, namedEvent } from './acknowledge.ts';
import { checkRate, deedOf, ownDestinationOf } from './send.ts';

/** What is ours of a transaction, checked. */
interface Own {
  readonly lines: InboundLine[];
  /** in their order */
  readonly deeds: (() => void)[];
  readonly receipts: OwedReceipt[];
}

export async function commitAll(session: Session, frame: Frame, frames: readonly ClientFrame[]): Promise<void> {
  const own: Own = { lines: [], deeds: [], receipts: [] };
  let held: Held | undefined;
  try {
    for (const kept of frames) {
      if (kept.command === 'SEND') checkRate(session);
      if (!isBrokers(kept)) await check(session, kept, own);
    }
    if (session.ended) return;
    held = session.rooms.context.broker.inbound.hold(own.lines);
    if (!held) throw new ParleyError('busy');
    const brokers = frames.filter(isBrokers);
    if (brokers.length > 0) await session.brokerLeg.commit(frame, brokers);
  } catch (error) {
    held?.drop();
    for (const receipt of own.receipts) receipt.drop();
    if (!(error instanceof ParleyError)) throw error;
    return refuseAll(session, error, frame, frames);
  }
  for (const deed of own.deeds) deed();
  held.send();
  await session.receiptsDone();
  session.receipt(frame);
}

const isBrokers = (frame: ClientFrame): boolean =>
  frame.command === 'SEND'
    ? isBrokerDestination(frame.headers.get('destination') as string)
    : isBrokerMessage(messageIdOf(frame));

async function check(session: Session, frame: ClientFrame, { lines, deeds, receipts }: Own): Promise<void> {
  if (frame.command !== 'SEND') {
    namedEvent(session, frame);
    deeds.push(() => (frame.command === 'ACK' ? ack : nack)(session, frame));
    return;
  }
  const receipt = session.oweReceipt(frame);
  receipts.push(receipt);
  const deed = await deedOf(session, ownDestinationOf(frame), readJson(frame.body), () => receipt.pay());
  if (typeof deed === 'function') deeds.push(deed);
  else lines.push(deed);
}

/** COMMIT, and whatever frame of it can be told from the others. */
function refuseAll(
  session: Session,
  { code, message }: ParleyError,
  frame: Frame,
  frames: readonly ClientFrame[],
): void {
  for (const kept of frames) {
    const id = kept.command === 'SEND' && !isBrokers(kept) ? clientMessageIdIn(kept.body) : undefined;
    if (id !== undefined || kept.headers.has('receipt')) session.refuse(code, message, kept, id);
  }
  session.refuse(code, message, frame);
}

function clientMessageIdIn(body: Buffer): string | undefined {
  try {
    return clientMessageIdOf(readJson(body));
  } catch {
    return undefined;
  }
}
