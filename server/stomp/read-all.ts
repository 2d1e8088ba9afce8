// Reads octets to the end in given pieces, for tests and the fuzzer: what came of it, in a form that can be compared.
import type { Frame, Version } from './frame.ts';
import { FrameParser, type ParserLimits } from './parser.ts';
import { StompError } from './stomp-error.ts';

export const roomyLimits: ParserLimits = { headers: 64, headerBytes: 16_384, bodyBytes: 262_144 };

export interface PlainFrame {
  readonly command: string;
  readonly headers: readonly (readonly [string, string])[];
  /** octet by octet, as latin1 */
  readonly body: string;
}

export interface Outcome {
  readonly frames: readonly PlainFrame[];
  readonly error: Pick<StompError, 'code' | 'message' | 'receipt'> | undefined;
}

export interface ReadOptions {
  readonly version?: Version;
  readonly limits?: ParserLimits;
  /** Where the octets are cut into chunks, ascending. */
  readonly cuts?: readonly number[];
  readonly parser?: FrameParser;
}

export const plain = ({ command, headers, body }: Frame): PlainFrame => ({
  command,
  headers: headers.entries(),
  body: body.toString('latin1'),
});

/** Anything but a StompError is thrown on; so is what breaks the promise that memory is bounded. */
export function readAll(
  octets: Buffer | string,
  { version = '1.2', limits = roomyLimits, cuts = [], parser = new FrameParser(limits) }: ReadOptions = {},
): Outcome {
  const data = Buffer.from(octets);
  parser.version = version;
  const frames: PlainFrame[] = [];
  // at least the CR that may be the beginning of a line end between frames
  const bound = Math.max(1, limits.headerBytes + limits.bodyBytes);
  let from = 0;
  try {
    for (const to of [...cuts, data.length]) {
      parser.push(data.subarray(from, to), (frame) => frames.push(plain(frame)));
      if (parser.heldBytes > bound) throw new Error(`holds ${parser.heldBytes} octets where ${bound} are allowed`);
      from = to;
    }
  } catch (error) {
    if (!(error instanceof StompError)) throw error;
    if (parser.heldBytes > 0) throw new Error('holds octets after an error', { cause: error });
    const { code, message, receipt } = error;
    return { frames, error: { code, message, receipt } };
  }
  return { frames, error: undefined };
}

export const everyOctet = (octets: Buffer): number[] => Array.from({ length: octets.length }, (_, i) => i);
