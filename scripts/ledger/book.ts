// What people did and what they were answered: what they said, edited and recalled, with its receipts. Judges nothing.

export interface Said {
  readonly clientMessageId: string;
  readonly sender: string;
  /** as it was sent, then as each edit has it */
  readonly texts: string[];
  /** the last of them that has its receipt; -1: none has */
  receipted: number;
  /** that it was refused is the last that its sender knows */
  refused: boolean;
  recallReceipted: boolean;
  recallSent: boolean;
}

export class Book {
  readonly said = new Map<string, Said>();
  readonly complaints: string[] = [];
  /** how often what was answered, by what was done */
  readonly counts = new Map<string, number>();

  say(clientMessageId: string, sender: string, text: string): Said {
    const said = {
      clientMessageId,
      sender,
      texts: [text],
      receipted: -1,
      refused: false,
      recallReceipted: false,
      recallSent: false,
    };
    this.said.set(clientMessageId, said);
    return said;
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }
}
