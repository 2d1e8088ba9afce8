// What an ACK or NACK says, whoever's the message is: which one, and in STOMP 1.1 of which subscription.
import type { Frame } from '../stomp/frame.ts';
import { quote, StompError } from '../stomp/stomp-error.ts';
import type { Session, Subscription } from './session.ts';

/** The MESSAGE's `ack` header (1.2) or its `message-id` (before): the same here. */
export const messageIdOf = ({ headers }: Frame): string => headers.get('id') ?? headers.get('message-id') ?? '';

/**
 * STOMP 1.1 "ACK": `subscription` must match that of the MESSAGE. 1.0 and 1.2 have no such header. RabbitMQ does not look
 * at it, in any version.
 */
export function checkSubscription({ version }: Session, frame: Frame, subscription: Subscription | undefined): void {
  const named = frame.headers.get('subscription') ?? '';
  if (version !== '1.1' || named === subscription?.id) return;
  const told = `${frame.command} names ${quote(messageIdOf(frame))} of the subscription ${quote(named)}, which it is not of`;
  throw new StompError('protocol-error', told, frame.headers.get('receipt'));
}

export const unknownMessage = (frame: Frame): StompError =>
  new StompError(
    'protocol-error',
    `${frame.command} names no message of this session that waits for it: ${quote(messageIdOf(frame))}`,
    frame.headers.get('receipt'),
  );
