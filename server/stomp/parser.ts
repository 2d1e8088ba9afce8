// Octets in, frames out: a bounded state machine. It owns what a frame looks like on the wire and how much of one
// is held in memory; what a command means, and which headers it needs, is commands.ts's.
//
// The same octets give the same frames and the same error however they are cut into chunks. A frame that lies whole
// in one chunk is not copied: its body is a view of the chunk. One that does not is gathered in a buffer that
// doubles, so a peer that sends one octet at a time costs linear time, and at most twice what the limits allow.
//
// Where the versions differ, or leave room:
// - CR. 1.2 ends a line with [CR] LF and allows no other CR. By the grammar of 1.0 and 1.1 a CR is data; yet CR LF
//   ends a line here in every version, as in RabbitMQ and stompjs: before CONNECT is read nobody knows the version,
//   and no value in use ends with CR. Any other CR stays data in 1.0 and 1.1.
// - Padding. 1.0's own examples pad values ("ack: client"), so its values are trimmed; 1.1 and 1.2 forbid that.
// - Colons in values are kept: only the first divides a line. 1.2's grammar wants them escaped, RabbitMQ does not.
// - NUL in the head is refused, though the grammars let it be data: it is always a forgotten blank line, and
//   the next parser on the way might end the frame there.
import { type Frame, Headers, type Version } from './frame.ts';
import { type Head, readHead } from './head.ts';
import { quote, StompError } from './stomp-error.ts';

export interface ParserLimits {
  /** Header lines of a frame. */
  readonly headers: number;
  /** Octets from the command to the blank line, that one included. */
  readonly headerBytes: number;
  /** Characters of one header line; default: no other bound than `headerBytes`. */
  readonly lineChars?: number;
  /** Octets of the body. */
  readonly bodyBytes: number;
}

const NUL = 0;
const LF = 10;
const CR = 13;
const noHead: Head = { command: '', headers: new Headers() };
const BLANK_LINE = Buffer.from('\n\n');

export class FrameParser {
  /** Set it while CONNECT is handled in `onFrame`: the frames behind it in the chunk are read by it already. */
  version: Version = '1.0';
  /** May be set at any time, such as from strict ones to wider ones once the peer is known. */
  limits: ParserLimits;

  #state: 'between frames' | 'head' | 'body' = 'between frames';
  #stopped = false;
  #error: unknown;
  /** The beginning of an unfinished frame, and how much of the buffer it takes. */
  #held: Buffer | undefined;
  #heldBytes = 0;
  // of the frame that is being read, counted from its first octet:
  #searched = 0;
  #bodyAt = 0;
  #contentLength: number | undefined;
  #head: Head = noHead;

  constructor(limits: ParserLimits) {
    this.limits = limits;
  }

  /**
   * Reads what arrived; `onFrame` gets each frame that is complete. Throws a StompError at the first octet that is
   * wrong, after the frames before it were handed out; then, or when `onFrame` throws, it reads nothing ever again.
   */
  push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    if (this.#error !== undefined) throw this.#error;
    try {
      const data = this.#held ? this.#append(this.#held, chunk) : chunk;
      const rest = this.#read(data, onFrame);
      if (rest === data.length || this.#stopped) this.#held = undefined;
      else if (data === chunk || rest > 0) this.#hold(data.subarray(rest));
    } catch (error) {
      this.#error = error;
      this.#held = undefined;
      throw error;
    }
  }

  /** Ignores everything from here on, the rest of the chunk that is being read too. */
  stop(): void {
    this.#stopped = true;
  }

  /** Octets of an unfinished frame that are held in memory. */
  get heldBytes(): number {
    return this.#held ? this.#heldBytes : 0;
  }

  /** Gives where the first unfinished frame begins. */
  #read(data: Buffer, onFrame: (frame: Frame) => void): number {
    let at = 0;
    while (!this.#stopped) {
      if (this.#state === 'between frames') {
        at = skipLineEnds(data, at);
        if (at === data.length || (data[at] === CR && at + 1 === data.length)) break;
        this.#state = 'head';
        this.#searched = 0;
      }
      if (this.#state === 'head') {
        const end = this.#findHead(data, at);
        if (end < 0) break;
        this.#openBody(readHead(data, at, end, this.version, this.limits), end - at);
        this.#state = 'body';
      }
      const end = this.#findBody(data, at);
      if (end < 0) break;
      const { command, headers } = this.#head;
      const body = data.subarray(at + this.#bodyAt, end);
      this.#head = noHead;
      this.#state = 'between frames';
      at = end + 1;
      onFrame({ command, headers, body });
    }
    return at;
  }

  /** Where the head ends, behind its blank line; -1: not here yet. */
  #findHead(data: Buffer, at: number): number {
    const { headerBytes } = this.limits;
    const to = Math.min(data.length, at + headerBytes);
    for (let i = at + this.#searched; i < to; i++) {
      const octet = data[i]!;
      if (octet > LF) continue;
      if (octet === LF) {
        if (data[i + 1] === LF && i + 1 < to) return i + 2;
        if (data[i + 1] === CR && data[i + 2] === LF && i + 2 < to) return i + 3;
      } else if (octet === NUL) {
        this.#failAtNul(data.subarray(at, i));
      }
    }
    if (data.length - at > headerBytes) {
      throw new StompError('frame-too-large', `command and headers are longer than ${headerBytes} octets`);
    }
    // a line end, or CR after one, may be the beginning of the blank line
    this.#searched = Math.max(0, to - at - 2);
    return -1;
  }

  #openBody(head: Head, bodyAt: number): void {
    this.#head = head;
    this.#bodyAt = bodyAt;
    this.#searched = bodyAt;
    const text = head.headers.get('content-length');
    this.#contentLength = undefined;
    if (text === undefined) return;
    if (!/^\d{1,15}$/.test(text)) this.#fail(`content-length is no number of octets: ${quote(text)}`);
    this.#contentLength = Number(text);
    if (this.#contentLength > this.limits.bodyBytes) this.#failTooLarge();
  }

  /** Where the NUL behind the body is; -1: not here yet. */
  #findBody(data: Buffer, at: number): number {
    const begin = at + this.#bodyAt;
    if (this.#contentLength !== undefined) {
      // STOMP 1.2 "Header content-length": so many octets, NUL or not, and then a NUL
      const end = begin + this.#contentLength;
      if (end >= data.length) return -1;
      if (data[end] !== NUL) this.#fail(`no NUL after the ${this.#contentLength} octets of content-length`);
      return end;
    }
    const end = data.indexOf(NUL, at + this.#searched);
    if ((end < 0 ? data.length : end) - begin > this.limits.bodyBytes) this.#failTooLarge();
    this.#searched = data.length - at;
    return end;
  }

  #append(held: Buffer, chunk: Buffer): Buffer {
    const bytes = this.#heldBytes + chunk.length;
    let buffer = held;
    if (bytes > held.length) {
      buffer = Buffer.allocUnsafe(Math.max(bytes, held.length * 2));
      held.copy(buffer, 0, 0, this.#heldBytes);
    }
    chunk.copy(buffer, this.#heldBytes);
    this.#held = buffer;
    this.#heldBytes = bytes;
    return buffer.subarray(0, bytes);
  }

  /** A copy: the chunk is its giver's, and the frames before may be views of the old buffer. */
  #hold(rest: Buffer): void {
    this.#held = Buffer.from(rest);
    this.#heldBytes = rest.length;
  }

  #failAtNul(head: Buffer): never {
    if (head.length === 0) throw new StompError('protocol-error', 'a frame without a command');
    const whole = Buffer.concat([head, BLANK_LINE]);
    const { headers } = readHead(whole, 0, whole.length, this.version, this.limits);
    throw new StompError('protocol-error', 'no blank line between headers and NUL', headers.get('receipt'));
  }

  #fail(message: string): never {
    throw new StompError('protocol-error', message, this.#head.headers.get('receipt'));
  }

  #failTooLarge(): never {
    const { headers } = this.#head;
    throw new StompError(
      'frame-too-large',
      `the body is longer than ${this.limits.bodyBytes} octets`,
      headers.get('receipt'),
    );
  }
}

/** Heart-beats, and the line ends that may follow a frame. */
function skipLineEnds(data: Buffer, from: number): number {
  let at = from;
  for (;;) {
    if (data[at] === LF) at += 1;
    else if (data[at] === CR && data[at + 1] === LF) at += 2;
    else return at;
  }
}
