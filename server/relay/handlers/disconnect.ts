// DISCONNECT: its receipt says that everything before it was processed (STOMP 1.2 "DISCONNECT"), so it waits for the
// broker's confirms; then the socket closes.
import type { Frame } from '../../stomp/frame.ts';
import type { Session } from '../session.ts';

export async function disconnect(session: Session, frame: Frame): Promise<void> {
  await session.receiptsDone();
  session.receipt(frame);
  session.finish();
}
