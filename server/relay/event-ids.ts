// The ids that events have in the MESSAGEs of one session, and which of them it has seen: `e-N`, after the numbers of its
// device, which go on from session to session.

const PATTERN = /^e-([1-9]\d{0,14})$/;

export class EventIds {
  #first = 0;
  #last = 0;

  /** The id under which this session gets the event. */
  idFor(number: number): string {
    if (this.#first === 0) this.#first = number;
    this.#last = number;
    return `e-${number}`;
  }

  /** Undefined: this session has seen no such event. */
  numberOf(id: string): number | undefined {
    const number = Number(PATTERN.exec(id)?.[1] ?? 0);
    return number >= this.#first && number <= this.#last && number > 0 ? number : undefined;
  }
}
