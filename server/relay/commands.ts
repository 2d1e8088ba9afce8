// Who handles which client command.
import type { ClientCommand, ClientFrame } from '../stomp/commands.ts';
import { ack, nack } from './handlers/acknowledge.ts';
import { connect } from './handlers/connect.ts';
import { disconnect } from './handlers/disconnect.ts';
import { send } from './handlers/send.ts';
import { subscribe, unsubscribe } from './handlers/subscribe.ts';
import { abort, begin, commit } from './handlers/transaction.ts';
import type { Session } from './session.ts';

/** Later frames of the session wait for the promise, where there is one. */
export type Handler = (session: Session, frame: ClientFrame) => Promise<void> | undefined;

export const handlers: Readonly<Record<ClientCommand, Handler>> = {
  CONNECT: connect,
  STOMP: connect,
  SEND: send,
  SUBSCRIBE: subscribe,
  UNSUBSCRIBE: unsubscribe,
  ACK: ack,
  NACK: nack,
  BEGIN: begin,
  COMMIT: commit,
  ABORT: abort,
  DISCONNECT: disconnect,
};
