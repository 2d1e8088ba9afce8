// The receipts that a session owes: frames whose processing takes time. DISCONNECT and COMMIT wait for them.

/** Exactly one of the two is called, once. */
export interface OwedReceipt {
  readonly pay: () => void;
  readonly drop: () => void;
}

export class Receipts {
  #due = 0;
  #closed = false;
  #whenPaid: (() => void) | undefined;

  /** `pay` sends it. */
  owe(send: () => void): OwedReceipt {
    this.#due += 1;
    const drop = () => {
      this.#due -= 1;
      if (this.#due === 0) this.#whenPaid?.();
    };
    return {
      drop,
      pay: () => {
        send();
        drop();
      },
    };
  }

  /** Resolves when each is paid or dropped, or nobody is there any more to be paid. */
  done(): Promise<void> {
    if (this.#due === 0 || this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenPaid = resolve;
    });
  }

  close(): void {
    this.#closed = true;
    this.#whenPaid?.();
  }
}
