// In a generator: a device that comes back to what waited for it.
import type { Frame } from '../../server/stomp/frame.ts';
import type { Connection } from './connection.ts';
import { connectAs } from './presence.ts';
import { readNumbers } from './stage.ts';
import { type Faults, noFaults } from './tally.ts';
import { type Address, type Person, targets } from './targets.ts';

export interface Drained {
  /** from SUBSCRIBE until the last was received and its acknowledgement receipted, in milliseconds */
  readonly ms: number;
  /** until the first was there */
  readonly firstMs: number;
  readonly received: number;
  readonly faults: Faults;
}

const PATIENCE_MS = 60_000;

export class Returner {
  #connection: Connection | undefined;

  /** Takes `events` messages, acknowledging each by itself, at most `prefetch` unacknowledged. It stays connected. */
  async drain(address: Address, person: Person, events: number, prefetch: number): Promise<Drained> {
    const faults = noFaults();
    const last = new Map<number, number>();
    let [received, firstMs, subscribedAt] = [0, 0, 0];
    let over: () => void = () => {};
    let failed: (error: Error) => void = () => {};
    const drained = new Promise<void>((resolve, reject) => {
      over = resolve;
      failed = reject;
    });
    const take = ({ headers, body }: Frame) => {
      const numbers = readNumbers(body);
      if (numbers) {
        const before = last.get(numbers.from) ?? 0;
        if (numbers.number === before) faults.duplicated += 1;
        else if (numbers.number < before) faults.disordered += 1;
        else received += 1;
        last.set(numbers.from, Math.max(before, numbers.number));
        firstMs ||= performance.now() - subscribedAt;
      }
      const isLast = numbers !== undefined && received === events;
      connection.send('ACK', { id: headers.get('ack') ?? '', ...(isLast ? { receipt: 'last' } : {}) });
    };
    const connection = await connectAs(address, person, {
      onMessage: take,
      onReceipt: () => over(),
      onEnd: (reason) => failed(new Error(`the device's session ended: ${reason}`)),
    });
    this.#connection = connection;
    const giveUp = setTimeout(() => over(), PATIENCE_MS);
    subscribedAt = performance.now();
    connection.send('SUBSCRIBE', { id: 's', ...targets[address.target].subscribe(person, prefetch) });
    await drained.finally(() => clearTimeout(giveUp));
    faults.lost = events - received;
    return { ms: performance.now() - subscribedAt, firstMs, received, faults };
  }

  close(): void {
    this.#connection?.cut();
  }
}
