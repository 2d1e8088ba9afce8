// BEGIN, COMMIT, ABORT (STOMP 1.2 "BEGIN"): frames of a transaction are kept until COMMIT (commit.ts).
// Bounded: STOMP_TRANSACTIONS of a session, STOMP_TRANSACTION_FRAMES in one, STOMP_TRANSACTION_BYTES in all of a session.
import type { ClientFrame } from '../../stomp/commands.ts';
import type { Frame } from '../../stomp/frame.ts';
import { Headers } from '../../stomp/frame.ts';
import { quote, StompError } from '../../stomp/stomp-error.ts';
import type { Session } from '../session.ts';
import { commitAll } from './commit.ts';

const nameOf = ({ headers }: Frame): string => headers.get('transaction') as string;

export function begin(session: Session, frame: Frame): undefined {
  const name = nameOf(frame);
  if (session.transactions.has(name)) throw fault(frame, `there is a transaction ${quote(name)} already`);
  const most = session.rooms.context.config.STOMP_TRANSACTIONS;
  if (session.transactions.size >= most) throw fault(frame, `a session may have ${most} open transactions`);
  session.transactions.set(name, []);
  session.receipt(frame);
}

export function commit(session: Session, frame: Frame): Promise<void> {
  return commitAll(session, frame, take(session, frame));
}

export function abort(session: Session, frame: Frame): undefined {
  take(session, frame);
  session.receipt(frame);
}

/** True if the frame belongs to a transaction and was put into it. */
export function duringTransaction(session: Session, frame: Frame): boolean {
  const name = frame.headers.get('transaction');
  if (name === undefined) return false;
  const frames = open(session, frame);
  const most = session.rooms.context.config.STOMP_TRANSACTION_FRAMES;
  if (frames.length >= most) throw fault(frame, `a transaction may hold ${most} frames`);
  const headers = new Headers(
    frame.headers
      .entries()
      .filter(([name]) => name !== 'transaction')
      .flat(),
  );
  const kept = { ...frame, headers, body: Buffer.from(frame.body) } as ClientFrame;
  const { STOMP_TRANSACTION_BYTES } = session.rooms.context.config;
  if (session.transactionBytes + sizeOf(kept) > STOMP_TRANSACTION_BYTES) {
    throw fault(frame, `the open transactions of a session may hold ${STOMP_TRANSACTION_BYTES} bytes`);
  }
  session.transactionBytes += sizeOf(kept);
  frames.push(kept);
  return true;
}

const sizeOf = ({ headers, body }: Frame): number =>
  headers.entries().reduce((sum, [name, value]) => sum + name.length + value.length, body.length);

function open(session: Session, frame: Frame): ClientFrame[] {
  const frames = session.transactions.get(nameOf(frame));
  if (!frames) throw fault(frame, `there is no transaction ${quote(nameOf(frame))}`);
  return frames;
}

function take(session: Session, frame: Frame): ClientFrame[] {
  const frames = open(session, frame);
  session.transactions.delete(nameOf(frame));
  for (const kept of frames) session.transactionBytes -= sizeOf(kept);
  return frames;
}

const fault = (frame: Frame, message: string): StompError =>
  new StompError('protocol-error', message, frame.headers.get('receipt'));
