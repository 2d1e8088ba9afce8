// A STOMP frame as the rest of the house sees it: unescaped, in memory, its body an uninterpreted Buffer.
// It knows no wire format (parser.ts, encoder.ts) and no meaning (commands.ts).

/** The versions spoken here, the lowest first. */
export const versions = ['1.0', '1.1', '1.2'] as const;
export type Version = (typeof versions)[number];

export interface Frame {
  readonly command: string;
  readonly headers: Headers;
  /** Perhaps a view of a larger Buffer: copy it where it is kept for long. */
  readonly body: Buffer;
}

/** What a frame is made from; a header whose value is undefined is left out. */
export type HeaderFields = Headers | { readonly [name: string]: string | undefined };

/**
 * The header lines of a frame, in order of appearance. Of repeated names the first counts (STOMP 1.2 "Repeated
 * Header Entries"). Names are case sensitive. A flat array and a linear search: frames have few headers and are
 * many, and a Map for each would cost more than it saves.
 */
export class Headers {
  /** name, value, name, value … */
  readonly #flat: readonly string[];

  constructor(flat: readonly string[] = []) {
    this.#flat = flat;
  }

  static from(fields: HeaderFields): Headers {
    if (fields instanceof Headers) return fields;
    const flat: string[] = [];
    for (const name of Object.keys(fields)) {
      const value = fields[name];
      if (value !== undefined) flat.push(name, value);
    }
    return new Headers(flat);
  }

  /** Lines, repeated ones too. */
  get size(): number {
    return this.#flat.length / 2;
  }

  get(name: string): string | undefined {
    const flat = this.#flat;
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1];
    return undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Every line, repeated ones too, in order. */
  forEach(visit: (name: string, value: string) => void): void {
    const flat = this.#flat;
    for (let i = 0; i < flat.length; i += 2) visit(flat[i]!, flat[i + 1]!);
  }

  entries(): [string, string][] {
    const entries: [string, string][] = [];
    this.forEach((name, value) => entries.push([name, value]));
    return entries;
  }
}
