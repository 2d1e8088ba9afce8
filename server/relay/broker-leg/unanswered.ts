// The frames of a session that RabbitMQ has not answered yet, in order: its ERROR does not say which frame it is about,
// and STOMP 1.2 "ERROR" wants the client told.
import type { Frame } from '../../stomp/frame.ts';

export class Unanswered {
  /** Frame → the connection on which it was asked first. */
  readonly #frames = new Map<Frame, number>();

  /** Returns what is called with the answer. */
  add(frame: Frame, era: number): () => void {
    this.#frames.set(frame, era);
    return () => this.#frames.delete(frame);
  }

  /**
   * Whose fault it is that RabbitMQ ends the session: that of the oldest frame if it is the only one, or one that is
   * answered before the next is looked at. SENDs and transactions are not: they are confirmed later. Nor is it known on
   * another connection than that of the frame, where other things are asked for again.
   */
  culprit(era: number): Frame | undefined {
    const [[oldest, asked] = []] = this.#frames;
    if (!oldest || asked !== era) return undefined;
    const inTurn = oldest.command !== 'SEND' && oldest.command !== 'COMMIT';
    return inTurn || this.#frames.size === 1 ? oldest : undefined;
  }
}
