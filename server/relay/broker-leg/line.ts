// A session's line to RabbitMQ: opened when something is first asked of it, closed with the session. It knows which
// frames were asked and have no answer, and not what they mean.
import type { Settle } from '../../broker/upstream-requests.ts';
import type { Upstream, UpstreamDelivery, UpstreamFailure } from '../../broker/upstream.ts';
import { ParleyError } from '../../errors.ts';
import type { Frame } from '../../stomp/frame.ts';
import type { Session } from '../session.ts';
import { LOST, tooMuch } from './answers.ts';
import { Unanswered } from './unanswered.ts';

interface LineEvents {
  onMessage(delivery: UpstreamDelivery): void;
  /** It was lost, and stands again. */
  onBack(): void;
}

/** Asks; false: there is no room for it. */
type Asks = (upstream: Upstream, answered: Settle) => boolean;

export class BrokerLine {
  readonly #session: Session;
  readonly #events: LineEvents;
  readonly #unanswered = new Unanswered();
  #upstream: Upstream | undefined;
  #paused = false;
  #closed = false;
  #end: () => void = () => {};
  /** Resolves when it was closed and nothing is answered any more. */
  readonly ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  constructor(session: Session, events: LineEvents) {
    this.#session = session;
    this.#events = events;
  }

  /** Where it was opened. */
  get upstream(): Upstream | undefined {
    return this.#upstream;
  }

  open(): Upstream {
    // a session that ends has nobody to answer any more
    if (this.#closed) throw new ParleyError('busy');
    this.#upstream ??= this.#session.rooms.context.broker.upstreams.open({
      onMessage: (delivery) => this.#events.onMessage(delivery),
      onBack: () => this.#events.onBack(),
      onFailed: (code, reason) => this.#failed(code, reason),
    });
    return this.#upstream;
  }

  /** Asks on behalf of a frame. Error: `busy`. */
  ask(frame: Frame, settle: Settle, asks: Asks): void {
    const upstream = this.open();
    const answered = this.#unanswered.add(frame, upstream.era);
    const taken = asks(upstream, (outcome) => {
      answered();
      settle(outcome);
    });
    if (taken) return;
    answered();
    throw tooMuch();
  }

  /** The same; the frame has its receipt with the answer. */
  askOwing(frame: Frame, asks: Asks): void {
    const receipt = this.#session.oweReceipt(frame);
    const settle: Settle = (outcome) => {
      if (outcome === 'done') return receipt.pay();
      receipt.drop();
      this.#session.refuse('broker-lost', LOST, frame);
    };
    try {
      this.ask(frame, settle, asks);
    } catch (error) {
      receipt.drop();
      throw error;
    }
  }

  /** The client is behind: what comes stays with RabbitMQ, so that a slow reader is slowed down and not cut. */
  pause(): void {
    this.#paused = true;
    this.#upstream?.pause();
  }

  /** The client may have read what it was behind with. */
  resume(): void {
    if (!this.#paused || !this.#session.writable) return;
    this.#paused = false;
    this.#upstream?.resume();
  }

  close(): void {
    this.#closed = true;
    void (this.#upstream?.close() ?? Promise.resolve()).then(this.#end);
    this.#upstream = undefined;
  }

  #failed(code: UpstreamFailure, reason: string): void {
    const culprit = code === 'broker-refused' ? this.#unanswered.culprit(this.#upstream?.era ?? 0) : undefined;
    this.#session.fault(code, reason, culprit?.headers.get('receipt'));
  }
}
