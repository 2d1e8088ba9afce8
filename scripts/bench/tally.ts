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
  /** answers and connections that failed */
  failed: number;
}

export const noFaults = (): Faults => ({ lost: 0, duplicated: 0, disordered: 0, unreceipted: 0, failed: 0 });

export function sumOfFaults(all: readonly Faults[]): Faults {
  const sum = noFaults();
  for (const one of all) for (const name of Object.keys(sum) as (keyof Faults)[]) sum[name] += one[name];
  return sum;
}

export const histogram = () =>
  hdr.build({ lowestDiscernibleValue: 1, highestTrackableValue: 600_000_000, numberOfSignificantValueDigits: 3 });

export const packed = (one: hdr.Histogram): string => hdr.encodeIntoCompressedBase64(one);

/** Of several generators, together. */
export function merged(all: readonly string[]): hdr.Histogram {
  const sum = histogram();
  for (const one of all) sum.add(hdr.decodeFromCompressedBase64(one));
  return sum;
}

/** In milliseconds. */
export const percentile = (one: hdr.Histogram, percent: number): number => one.getValueAtPercentile(percent) / 1000;

/** In whole microseconds, at least one. */
export const microsSince = (since: number) => Math.max(1, Math.round((performance.now() - since) * 1000));

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
      latencies: packed(this.#latencies),
      receiptLatencies: packed(this.#receiptLatencies),
    };
  }

  sent(): void {
    if (this.#measuring) this.#sent += 1;
  }

  /** `since`: when it was sent, or should have been (performance.now) */
  delivered(since: number): void {
    if (!this.#measuring) return;
    this.#deliveries += 1;
    this.#latencies.recordValue(microsSince(since));
  }

  receipted(since: number): void {
    if (!this.#measuring) return;
    this.#receipts += 1;
    this.#receiptLatencies.recordValue(microsSince(since));
  }
}
