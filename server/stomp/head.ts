// The head of a frame: command and header lines, from octets to strings. The whole head becomes one string and the
// headers are pieces of it, which is much cheaper than decoding each. So a header that is kept for long keeps its
// frame's head in memory; the parser's limits bound that.
import { isUtf8 } from 'node:buffer';
import { escapingOf, UnknownSequence, unescape } from './escape.ts';
import { type Frame, Headers, type Version } from './frame.ts';
import { quote, StompError, type StompErrorCode } from './stomp-error.ts';

export type Head = Omit<Frame, 'body'>;

/** What was wrong with a head; `readHead` adds what is known of the frame. */
class HeadError extends Error {
  readonly code: StompErrorCode;
  constructor(message: string, code: StompErrorCode = 'protocol-error') {
    super(message);
    this.code = code;
  }
}

const CR = 13;
const SPACE = 32;
const DEL = 127;

/** Of the parser's limits, those that a head must keep. */
export interface HeadLimits {
  readonly headers: number;
  readonly lineChars?: number;
}

/** Reads the head that ends, with its blank line, at `stop`. An error carries the `receipt` if that stood before it. */
export function readHead(data: Buffer, start: number, stop: number, version: Version, limits: HeadLimits): Head {
  const flat: string[] = [];
  try {
    const text = data.toString('utf8', start, stop);
    // STOMP 1.2 "Value Encoding". A replacement character is the peer's own, or what became of other octets
    if (text.includes('\ufffd') && !isUtf8(data.subarray(start, stop))) {
      throw new HeadError('command and headers are not UTF-8');
    }
    const command = readCommand(text);
    readHeaders(text, command, version, limits, flat);
    const headers = new Headers(flat);
    return { command, headers: isOldStyle(command, version, headers) ? trimmed(flat) : headers };
  } catch (error) {
    if (!(error instanceof HeadError)) throw error;
    throw new StompError(error.code, error.message, new Headers(flat).get('receipt'));
  }
}

function readCommand(text: string): string {
  const command = text.slice(0, endOfLine(text, text.indexOf('\n')));
  for (let i = 0; i < command.length; i++) {
    const code = command.charCodeAt(i);
    if (code < SPACE || code === DEL) throw new HeadError(`control characters in the command ${quote(command)}`);
  }
  return command;
}

/** Adds names and values to `flat` as it goes. No closures in here: it runs for every header of every frame. */
function readHeaders(text: string, command: string, version: Version, limits: HeadLimits, flat: string[]): void {
  const { headers: maxHeaders, lineChars = Number.POSITIVE_INFINITY } = limits;
  const escaping = escapingOf(command, version);
  const escaped = text.includes('\\');
  const carriageReturns = escaping === '1.2' && text.includes('\r');
  let lf = text.indexOf('\n');
  for (;;) {
    const from = lf + 1;
    lf = text.indexOf('\n', from);
    const end = endOfLine(text, lf);
    if (end === from) return;
    if (end - from > lineChars)
      throw new HeadError(`a header line of more than ${lineChars} characters`, 'frame-too-large');
    const colon = text.indexOf(':', from);
    if (colon < 0 || colon >= end) throw new HeadError(`no colon in the header line ${quote(text.slice(from, end))}`);
    if (colon === from) throw new HeadError(`no name in the header line ${quote(text.slice(from, end))}`);
    if (flat.length === maxHeaders * 2) throw new HeadError(`more than ${maxHeaders} headers`, 'frame-too-large');
    let name = text.slice(from, colon);
    let value = text.slice(colon + 1, end);
    if (carriageReturns && (name.includes('\r') || value.includes('\r'))) {
      // STOMP 1.2 "Augmented BNF"
      throw new HeadError(`a carriage return within the header ${quote(name)}`);
    }
    if (escaped) {
      try {
        value = unescape(value, escaping);
        name = unescape(name, escaping);
      } catch (error) {
        if (!(error instanceof UnknownSequence)) throw error;
        throw new HeadError(`STOMP ${escaping} knows no ${quote(error.message)} (in the header ${quote(name)})`);
      }
    }
    flat.push(name, value);
  }
}

/** [CR] LF: see parser.ts. */
function endOfLine(text: string, lf: number): number {
  return text.charCodeAt(lf - 1) === CR ? lf - 1 : lf;
}

/** Whether 1.0 speaks. Without `accept-version` a client knows nothing newer (STOMP 1.2 "Protocol Negotiation"). */
function isOldStyle(command: string, version: Version, headers: Headers): boolean {
  return version === '1.0' && (escapingOf(command, version) === '1.0' || !headers.has('accept-version'));
}

/** Spaces only: what the examples of STOMP 1.0 pad values with. */
function trimmed(flat: readonly string[]): Headers {
  return new Headers(flat.map((text, i) => (i % 2 === 1 ? text.replace(/^ +| +$/g, '') : text)));
}
