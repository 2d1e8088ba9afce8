// SEND: which destination, may she send now, and then what that destination does. A ParleyError of a destination is
// a refusal: the session goes on, and the frame has no receipt.
import type { z } from 'zod';
import { isBrokerDestination } from '../../contract/broker-destination.ts';
import { type SendDestination, sendDestinations } from '../../contract/destinations.ts';
import { ParleyError } from '../../errors.ts';
import type { Frame } from '../../stomp/frame.ts';
import { quote } from '../../stomp/stomp-error.ts';
import { clientMessageIdOf, readDraft, readJson } from '../drafts.ts';
import { sendMarker } from '../destinations/markers.ts';
import { sendMessage } from '../destinations/messages.ts';
import { renewToken } from '../destinations/session-token.ts';
import type { Session } from '../session.ts';
import { duringTransaction } from './transaction.ts';

/** Handles a draft; calls `done` when the frame may have its receipt. */
type Handle<Name extends SendDestination> = (
  session: Session,
  draft: z.infer<(typeof sendDestinations)[Name]['draft']>,
  done: () => void,
) => Promise<void> | undefined;

const handles: { readonly [Name in SendDestination]: Handle<Name> } = {
  '/app/messages': sendMessage,
  '/app/markers': sendMarker,
  '/app/session/token': renewToken,
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
    const destination = resolve(frame);
    checkRate(session);
    body = readJson(frame.body);
    const draft = readDraft<unknown>(sendDestinations[destination].draft, body);
    const handle = handles[destination] as (
      session: Session,
      draft: unknown,
      done: () => void,
    ) => ReturnType<typeof send>;
    return handle(session, draft, () => receipt.pay())?.catch(refuse);
  } catch (error) {
    refuse(error);
    return undefined;
  }
}

function resolve({ headers }: Frame): SendDestination {
  const name = headers.get('destination') as string;
  if (Object.hasOwn(sendDestinations, name)) return name as SendDestination;
  throw new ParleyError('unknown-destination', `There is no destination ${quote(name)} to SEND to.`);
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
