// What a generator counts in a measured window, and what must be true of every message at all times: it arrives at
// each of its receivers once, in the order of its sender.
import * as hdr from 'hdr-histogram-js';

export interface Counts {
  /** milliseconds of the window */
  readonly ms: number;
  readonly sent: number;
  readonly receipts: number;
  readonly deliveries: number;
  /** of the deliveries, in microseconds: an HdrHistogram, compressed */
  readonly latencies: string;
  readonly receiptLatencies: string;
}

export interface Faults {
  lost: number;
  duplicated: number;
  disordered: number;
  unreceipted: number;
}

export const histogram = () =>
  hdr.build({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });

export class Tally {
  #beganAt = 0;
  #measuring = false;
  #sent = 0;
  #receipts = 0;
  #deliveries = 0;
  readonly #latencies = histogram();
  readonly #receiptLatencies = histogram();

  begin(): void {
    this.#latencies.reset();
    this.#receiptLatencies.reset();
    this.#sent = this.#receipts = this.#deliveries = 0;
    this.#beganAt = performance.now();
    this.#measuring = true;
  }

  end(): Counts {
    this.#measuring = false;
    return {
      ms: performance.now() - this.#beganAt,
      sent: this.#sent,
      receipts: this.#receipts,
      deliveries: this.#deliveries,
      latencies: hdr.encodeIntoCompressedBase64(this.#latencies),
      receiptLatencies: hdr.encodeIntoCompressedBase64(this.#receiptLatencies),
    };
  }

  sent(): void {
    if (this.#measuring) this.#sent += 1;
  }

  /** `since`: when it was sent, or should have been (performance.now) */
  delivered(since: number): void {
    if (!this.#measuring) return;
    this.#deliveries += 1;
    this.#latencies.recordValue(micros(since));
  }

  receipted(since: number): void {
    if (!this.#measuring) return;
    this.#receipts += 1;
    this.#receiptLatencies.recordValue(micros(since));
  }
}

const micros = (since: number) => Math.max(1, Math.round((performance.now() - since) * 1000));
