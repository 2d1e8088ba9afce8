// When somebody was last there, noted in the row of the device that left last. One that cannot be noted is not noted:
// the row still says when it came.
import type { Context } from '../../context.ts';
import { noteLeft } from '../../chat/devices.ts';
import { Batcher } from '../../lib/batcher.ts';

export interface LeaveNote {
  readonly userId: string;
  readonly deviceId: string;
  readonly at: number;
}

export class LeaveNotes {
  readonly #batcher: Batcher<LeaveNote>;

  constructor(context: Pick<Context, 'db' | 'log'>) {
    this.#batcher = new Batcher<LeaveNote>({
      outstanding: 1,
      maxEntries: 500,
      maxBytes: Number.POSITIVE_INFINITY,
      flush: (batch) =>
        noteLeft(context, batch).catch((error: Error) => {
          context.log.warn({ error: error.message }, 'when some devices left was not noted');
        }),
    });
  }

  add(note: LeaveNote): void {
    this.#batcher.add(note);
  }

  idle(): Promise<void> {
    return this.#batcher.idle();
  }
}
