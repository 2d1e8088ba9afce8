// SEND: which destination, may she send now, and then what that destination does. A ParleyError of a destination is
// a refusal: the session goes on, and the frame has no receipt.
import type { z } from 'zod';
import { isBrokerDestination } from '../../contract/broker-destination.ts';
import { type SendDestination, sendDestinations } from '../../contract/destinations.ts';
import { ParleyError } from '../../errors.ts';
import type { Frame } from '../../stomp/frame.ts';
import { quote } from '../../stomp/stomp-error.ts';
import { clientMessageIdOf, readDraft, readJson } from '../drafts.ts';
import { readEdit, readReaction, readRecall } from '../destinations/actions.ts';
import type { Deed } from '../destinations/deed.ts';
import { readForward } from '../destinations/forward.ts';
import { readPresence, readTyping } from '../destinations/live.ts';
import { readMarker } from '../destinations/markers.ts';
import { readMessage } from '../destinations/messages.ts';
import { readToken } from '../destinations/session-token.ts';
import { readClose, readVote } from '../destinations/votes.ts';
import type { Session } from '../session.ts';
import { duringTransaction } from './transaction.ts';

/** Says all that can be said against a draft, as a ParleyError; `done` is called when the frame may have its receipt. */
type Read<Name extends SendDestination> = (
  session: Session,
  draft: z.infer<(typeof sendDestinations)[Name]['draft']>,
  done: () => void,
) => Deed | Promise<Deed>;

const reads: { readonly [Name in SendDestination]: Read<Name> } = {
  '/app/messages': readMessage,
  '/app/messages/edit': readEdit,
  '/app/messages/recall': readRecall,
  '/app/messages/forward': readForward,
  '/app/votes': readVote,
  '/app/votes/close': readClose,
  '/app/reactions': readReaction,
  '/app/markers': readMarker,
  '/app/typing': readTyping,
  '/app/presence': readPresence,
  '/app/session/token': readToken,
};

export function send(session: Session, frame: Frame): Promise<void> | undefined {
  if (duringTransaction(session, frame)) return undefined;
  const receipt = session.oweReceipt(frame);
  let body: unknown;
  const refuse = (error: unknown) => {
    receipt.drop();
    if (!(error instanceof ParleyError)) throw error;
    session.refuse(error.code, error.message, frame, clientMessageIdOf(body));
  };
  try {
    if (isBrokerDestination(frame.headers.get('destination') as string)) {
      checkRate(session);
      return session.brokerLeg.send(frame, () => receipt.pay()).catch(refuse);
    }
    const destination = ownDestinationOf(frame);
    checkRate(session);
    body = readJson(frame.body);
    const deed = deedOf(session, destination, body, () => receipt.pay());
    if (deed instanceof Promise) return deed.then((known) => perform(session, known)).catch(refuse);
    perform(session, deed);
  } catch (error) {
    refuse(error);
  }
  return undefined;
}

export function ownDestinationOf({ headers }: Frame): SendDestination {
  const name = headers.get('destination') as string;
  if (Object.hasOwn(sendDestinations, name)) return name as SendDestination;
  throw new ParleyError('unknown-destination', `There is no destination ${quote(name)} to SEND to.`);
}

/** What is left to do of a SEND with this body. */
export function deedOf(
  session: Session,
  destination: SendDestination,
  body: unknown,
  done: () => void,
): Deed | Promise<Deed> {
  const draft = readDraft<unknown>(sendDestinations[destination].draft, body);
  return (reads[destination] as Read<SendDestination>)(session, draft as never, done);
}

function perform(session: Session, deed: Deed): void {
  if (typeof deed === 'function') return deed();
  if (!session.rooms.context.broker.inbound.offer(deed)) throw new ParleyError('busy');
}

/** Beyond the rate a refusal; who goes on all the same is closed, though now and then one is taken. */
export function checkRate(session: Session): void {
  const { config, clock } = session.rooms.context;
  if (session.rooms.sessions.sends(session.userId).take(clock.now())) {
    session.sendRefusals = Math.max(0, session.sendRefusals - 1);
    return;
  }
  session.sendRefusals += 1;
  if (session.sendRefusals > config.LIMIT_SENDS_REFUSALS) session.fault('sends-abused');
  const { perSecond, burst } = config.LIMIT_SENDS;
  throw new ParleyError('too-many-sends', `You may send ${perSecond} a second, ${burst} at once.`);
}
