// What a peer did wrong on the wire. It always ends the session: ERROR, then close (STOMP 1.2 "ERROR").

export type StompErrorCode = 'protocol-error' | 'frame-too-large' | 'version-not-supported';

export class StompError extends Error {
  /** One of the codes of contract/errors.ts. */
  readonly code: StompErrorCode;
  /** The `receipt` header of the offending frame, where it was read already: the ERROR's `receipt-id`. */
  readonly receipt: string | undefined;

  /** `message` goes to the peer: it says what was wrong and quotes only what the peer itself sent. */
  constructor(code: StompErrorCode, message: string, receipt?: string) {
    super(message);
    this.name = 'StompError';
    this.code = code;
    this.receipt = receipt;
  }
}

/** What a peer sent, fit for one line of a message: bounded, without control characters. */
export function quote(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  // JSON leaves DEL and the C1 range as they are
  return JSON.stringify(shown).replace(/[\u007f-\u009f]/g, '?');
}
