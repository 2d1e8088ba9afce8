// The fuzzer's cases: streams of frames that are valid, damaged or nonsense, read whole and in pieces. A case is made
// of its seed and number alone, so that a failure can be had again. It needs no library: it makes millions.
import { isDeepStrictEqual } from 'node:util';
import { encodeFrame } from './encoder.ts';
import { Headers, type Version, versions } from './frame.ts';
import { FrameParser, type ParserLimits } from './parser.ts';
import { everyOctet, type PlainFrame, readAll, roomyLimits } from './read-all.ts';

/** What a case found. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
}

export interface FuzzCount {
  cases: number;
  /** Frames handed out, in all readings of all cases. */
  frames: number;
  /** Cases that ended in an error, by the first words of it. */
  readonly errors: Map<string, number>;
}

export type Random = () => number;

/** mulberry32: small, fast, good enough here, and the same everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const below = (random: Random, bound: number) => Math.floor(random() * bound);
export const pick = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)]!;

// ---------------------------------------------------------------- frames

const commands = ['SEND', 'SUBSCRIBE', 'ACK', 'MESSAGE', 'ERROR', 'CONNECT', 'CONNECTED', 'STOMP', 'DISCONNECT', 'X'];
const names = ['destination', 'receipt', 'id', 'ack', 'transaction', 'heart-beat', 'accept-version', 'x', 'é:\\', '🐇'];
const pieces = ['a', '/queue/', 'longer piece of text ', ':', '\\', '\n', 'c', 'n', 'é', '🐇', '\ufffd', '0', '-', ''];
/** What means something somewhere in a stream. */
const tokens = [
  ...commands,
  '\n',
  '\n\n',
  '\r\n',
  '\r',
  '\0',
  ':',
  '\\',
  '\\n',
  '\\t',
  'content-length:',
  'content-length:3\n',
  'receipt:7\n',
  '12',
  '-1',
  '99999999999999999999',
  '\xff',
  '\xc3\xa9',
  'a',
].map((text) => Buffer.from(text, 'latin1'));

interface Made {
  readonly octets: Buffer;
  readonly plain: PlainFrame;
}

function makeFrame(random: Random, version: Version): Made {
  const command = pick(random, commands);
  // what neither 1.0 nor CONNECT can write stays out of here; encoder.test.ts has it
  const plainText = version === '1.0' || command === 'CONNECT' || command === 'CONNECTED' || command === 'STOMP';
  const fit = (text: string) => (plainText ? text.replace(/[:\n]/g, '').trim() : text);
  const flat: string[] = [];
  for (let i = below(random, 8); i > 0; i--) {
    let value = '';
    for (let j = below(random, 5); j > 0; j--) value += pick(random, pieces);
    flat.push(fit(pick(random, names)), fit(value));
  }
  const body = Buffer.alloc(random() < 0.3 ? 0 : below(random, random() < 0.02 ? 4000 : 60));
  for (let i = 0; i < body.length; i++) body[i] = below(random, 256);
  const headers = new Headers(flat);
  const length = body.length > 0 ? [['content-length', String(body.length)] as const] : [];
  return {
    octets: encodeFrame(command, headers, body, version),
    plain: { command, headers: [...length, ...headers.entries()], body: body.toString('latin1') },
  };
}

// ---------------------------------------------------------------- damage

const damages: readonly ((random: Random, octets: Buffer) => Buffer)[] = [
  function changeOctet(random, octets) {
    const copy = Buffer.from(octets);
    copy[below(random, copy.length)] = below(random, 256);
    return copy;
  },
  function insertToken(random, octets) {
    const at = below(random, octets.length);
    return Buffer.concat([octets.subarray(0, at), pick(random, tokens), octets.subarray(at)]);
  },
  function removeRange(random, octets) {
    const at = below(random, octets.length);
    return Buffer.concat([octets.subarray(0, at), octets.subarray(at + 1 + below(random, 8))]);
  },
  function repeatRange(random, octets) {
    const at = below(random, octets.length);
    const to = at + below(random, 40);
    return Buffer.concat([octets.subarray(0, to), octets.subarray(at)]);
  },
  function cutOff(random, octets) {
    return octets.subarray(0, below(random, octets.length));
  },
];

/** Damaged once to three times. */
export function damage(random: Random, octets: Buffer): Buffer {
  let damaged = octets;
  for (let i = below(random, 3); i >= 0 && damaged.length > 0; i--) damaged = pick(random, damages)(random, damaged);
  return damaged;
}

export function nonsense(random: Random): Buffer {
  const parts: Buffer[] = [];
  for (let i = below(random, 20); i >= 0; i--) parts.push(pick(random, tokens));
  return Buffer.concat(parts);
}

// ---------------------------------------------------------------- cases

const tight = (random: Random): ParserLimits => ({
  headers: below(random, 6),
  headerBytes: below(random, 120),
  bodyBytes: below(random, 60),
});

/** Runs one case and adds to `count`; throws a FuzzFailure that says how to have it again. */
export function fuzzCase(
  seed: number,
  number: number,
  count: FuzzCount,
  newParser: (limits: ParserLimits) => FrameParser = (limits) => new FrameParser(limits),
): void {
  const random = randomFrom(Math.imul(seed, 0x9e3779b1) ^ number);
  const version = pick(random, versions);
  const made = Array.from({ length: 1 + below(random, 5) }, () => makeFrame(random, version));
  const kind = pick(random, ['valid', 'valid', 'damaged', 'damaged', 'nonsense'] as const);
  const limits = kind === 'valid' || random() < 0.7 ? roomyLimits : tight(random);
  let octets = kind === 'nonsense' ? nonsense(random) : Buffer.concat(made.map((frame) => frame.octets));
  if (kind === 'damaged') octets = damage(random, octets);
  const read = (cuts: readonly number[]) => {
    const outcome = readAll(octets, { version, limits, cuts, parser: newParser(limits) });
    count.frames += outcome.frames.length;
    return outcome;
  };
  const fail = (what: string, cause?: unknown): never => {
    const again = `--seed ${seed} --case ${number}`;
    throw new FuzzFailure(`${what} (${again}; STOMP ${version}, ${JSON.stringify(octets.toString('latin1'))})`, {
      cause,
    });
  };

  count.cases += 1;
  try {
    const whole = read([]);
    if (
      kind === 'valid' &&
      (whole.error ||
        !isDeepStrictEqual(
          whole.frames,
          made.map((frame) => frame.plain),
        ))
    ) {
      fail(`valid frames were read otherwise: ${whole.error?.message ?? JSON.stringify(whole.frames)}`);
    }
    if (whole.error) {
      const words = `${whole.error.code}: ${whole.error.message.replace(/["\d].*/, '').trim()}`;
      count.errors.set(words, (count.errors.get(words) ?? 0) + 1);
    }
    const cuts = Array.from({ length: 1 + below(random, 4) }, () => below(random, octets.length + 1));
    const ways = [cuts.toSorted((a, b) => a - b), ...(octets.length < 400 ? [everyOctet(octets)] : [])];
    for (const way of ways) {
      if (!isDeepStrictEqual(read(way), whole)) fail(`cut at ${way.join()} it is read otherwise`);
    }
  } catch (error) {
    if (error instanceof FuzzFailure) throw error;
    fail(`crashed: ${String(error)}`, error);
  }
}
