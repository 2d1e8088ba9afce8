// The receipts that a session owes: frames whose processing takes time. DISCONNECT and COMMIT wait for them.

/** Exactly one of the two is called, once. A class, not closures: there is one for every SEND. */
export class OwedReceipt {
  readonly #receipts: Receipts;
  readonly #send: () => void;

  constructor(receipts: Receipts, send: () => void) {
    this.#receipts = receipts;
    this.#send = send;
  }

  pay(): void {
    this.#send();
    this.#receipts.settle();
  }

  drop(): void {
    this.#receipts.settle();
  }
}

export class Receipts {
  #due = 0;
  #closed = false;
  #whenPaid: (() => void) | undefined;

  /** `send` sends it. */
  owe(send: () => void): OwedReceipt {
    this.#due += 1;
    return new OwedReceipt(this, send);
  }

  /** One is paid or dropped. */
  settle(): void {
    this.#due -= 1;
    if (this.#due === 0) this.#whenPaid?.();
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
