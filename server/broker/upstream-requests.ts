// What one session has asked RabbitMQ's STOMP plugin for and has no answer to: every frame with a receipt of ours,
// bounded in octets. What is known to be repeatable stays over a lost connection.
import { encodeFrame } from '../stomp/encoder.ts';

export type Fields = Readonly<Record<string, string | undefined>>;

export interface Outgoing {
  readonly command: 'SEND' | 'SUBSCRIBE' | 'UNSUBSCRIBE' | 'ACK' | 'NACK' | 'BEGIN' | 'COMMIT';
  readonly fields: Fields;
  readonly body?: Buffer;
}

export type Settle = (outcome: 'done' | 'lost') => void;

export interface Request {
  readonly octets: Buffer;
  /** What it counts for, of what may be held. */
  readonly bytes: number;
  readonly repeatable: boolean;
  readonly awaited: Set<string>;
  readonly settle: Settle;
}

export interface RequestLimits {
  /** Takes so many octets of what all sessions may hold (less than 0: gives back); false: there is no room. */
  readonly reserve: (bytes: number) => boolean;
  /** Octets that one may hold. */
  readonly maxBytes: number;
}

export class UpstreamRequests {
  readonly #limits: RequestLimits;
  /** In the order in which they are (or were) written. */
  readonly #all = new Set<Request>();
  readonly #byReceipt = new Map<string, Request>();
  #receipts = 0;
  #bytes = 0;
  #empty: (() => void) | undefined;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#all.size;
  }

  /** What is to be written again on a new connection. */
  get octets(): Buffer[] {
    return [...this.#all].map(({ octets }) => octets);
  }

  /** `repeatable`: it stays over a lost connection. Undefined: too much waits already. `free`: it counts for nothing. */
  add(frames: readonly Outgoing[], repeatable: boolean, settle: Settle, free = false): Request | undefined {
    const awaited = new Set<string>();
    const octets = Buffer.concat(frames.map((frame) => this.#encode(frame, awaited)));
    const bytes = free ? 0 : octets.length;
    if (!free && (this.#bytes + bytes > this.#limits.maxBytes || !this.#limits.reserve(bytes))) return undefined;
    this.#bytes += bytes;
    const request = { octets, bytes, repeatable, awaited, settle };
    this.#all.add(request);
    for (const receipt of awaited) this.#byReceipt.set(receipt, request);
    return request;
  }

  /** A RECEIPT came. */
  answered(receipt: string): void {
    const request = this.#byReceipt.get(receipt);
    if (!request) return;
    this.#byReceipt.delete(receipt);
    request.awaited.delete(receipt);
    if (request.awaited.size > 0) return;
    this.#remove(request);
    request.settle('done');
  }

  /** The connection is gone. */
  lost(): void {
    for (const request of this.#all) {
      if (request.repeatable) continue;
      this.#remove(request);
      request.settle('lost');
    }
  }

  /** Forgets them all; none is settled. */
  clear(): void {
    for (const request of this.#all) this.#remove(request);
  }

  /** Resolves when every one is answered. */
  idle(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#empty = resolve));
  }

  #remove(request: Request): void {
    this.#all.delete(request);
    for (const receipt of request.awaited) this.#byReceipt.delete(receipt);
    this.#bytes -= request.bytes;
    this.#limits.reserve(-request.bytes);
    if (this.#all.size === 0) this.#empty?.();
  }

  #encode({ command, fields, body }: Outgoing, awaited: Set<string>): Buffer {
    // COMMIT answers for BEGIN, and for what acknowledges in its transaction
    const answered = command !== 'BEGIN' && !(fields.transaction !== undefined && command.endsWith('ACK'));
    const receipt = answered ? `r${++this.#receipts}` : undefined;
    if (receipt !== undefined) awaited.add(receipt);
    return encodeFrame(command, { ...fields, receipt }, body, '1.2');
  }
}
