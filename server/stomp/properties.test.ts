import { createRequire } from 'node:module';
import { Parser as StompjsParser } from '@stomp/stompjs';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { clientCommands } from './commands.ts';
import { encodeFrame, prepareMessage } from './encoder.ts';
import { escapingOf, unescape } from './escape.ts';
import { Headers, type Version, versions } from './frame.ts';
import { everyOctet, type PlainFrame, readAll } from './read-all.ts';

interface StompitFrame extends AsyncIterable<Buffer> {
  readonly command: string;
  readonly headers: Readonly<Record<string, string | number>>;
}
interface StompitStream extends AsyncIterable<StompitFrame> {
  setVersion(version: Version): boolean;
  end(octets: Buffer): void;
}
// it brings no types
const stompit: { IncomingFrameStream: new () => StompitStream } = createRequire(import.meta.url)('stompit');

// ---------------------------------------------------------------- frames

const commands = [...Object.keys(clientCommands), 'CONNECTED', 'MESSAGE', 'RECEIPT', 'ERROR', 'X'];

/** Text with what is special on a line in it, often. */
const textWithout = (...excluded: string[]) =>
  fc
    .array(
      fc.oneof(
        fc.constantFrom('a', ' ', ':', '\\', '\n', '\r', 'c', 'n', 'r', 'é', '🐇', '\ufffd', '\ufeff'),
        fc.string({ unit: 'binary', maxLength: 3 }),
      ),
      { maxLength: 8 },
    )
    // through UTF-8, so that no half of a surrogate pair is left
    .map((pieces) =>
      excluded.reduce((text, octet) => text.replaceAll(octet, ''), String(Buffer.from(pieces.join('')))),
    );

/** What the version can carry; the rest is the encoder's own test. */
const forbidden = (command: string, version: Version): string[] => {
  const escaping = escapingOf(command, version);
  if (escaping === 'none') return ['\0', '\r', '\n'];
  return { '1.0': ['\0', '\r', '\n'], '1.1': ['\0', '\r'], '1.2': ['\0'] }[escaping];
};

const frameOf = (version: Version) =>
  fc.constantFrom(...commands).chain((command) => {
    const value = textWithout(...forbidden(command, version));
    // no name may be content-length, and a name is not empty
    const name = textWithout(':', ...forbidden(command, version)).map((text) => `x${text}`);
    const padded = version === '1.0';
    return fc.record({
      command: fc.constant(command),
      headers: fc.array(fc.tuple(name, padded ? value.map((text) => text.replace(/^ +| +$/g, '')) : value), {
        maxLength: 8,
      }),
      body: fc.uint8Array({ maxLength: 40 }).map((octets) => Buffer.from(octets)),
    });
  });

const stream = fc
  .constantFrom(...versions)
  .chain((version) =>
    fc.record({ version: fc.constant(version), frames: fc.array(frameOf(version), { minLength: 1, maxLength: 3 }) }),
  );

type Made = { command: string; headers: [string, string][]; body: Buffer };

const encode = ({ command, headers, body }: Made, version: Version) =>
  encodeFrame(command, new Headers(headers.flat()), body, version);

const encodeAll = (frames: readonly Made[], version: Version, between = '') =>
  Buffer.concat(frames.flatMap((frame) => [encode(frame, version), Buffer.from(between)]));

/** What a reader must see of it: content-length is the encoder's own line. */
const expected = ({ command, headers, body }: Made): PlainFrame => ({
  command,
  headers: [...(body.length > 0 ? [['content-length', String(body.length)] as const] : []), ...headers],
  body: body.toString('latin1'),
});

const cutsOf = (length: number) =>
  fc.array(fc.nat(length), { maxLength: 6 }).map((cuts) => cuts.toSorted((a, b) => a - b));

// ---------------------------------------------------------------- ours

describe('FrameParser and encodeFrame, for all frames', () => {
  it('read what was written, in every version', () => {
    fc.assert(
      fc.property(stream, fc.constantFrom('', '\n', '\r\n\n'), ({ version, frames }, between) => {
        const { frames: read, error } = readAll(encodeAll(frames, version, between), { version });
        expect(error).to.equal(undefined);
        expect(read).to.deep.equal(frames.map(expected));
      }),
      { numRuns: 200 },
    );
  });

  it('give the same at every split point and octet by octet', () => {
    fc.assert(
      fc.property(stream, ({ version, frames }) => {
        const octets = encodeAll(frames, version, '\r\n');
        const whole = readAll(octets, { version });
        for (const cut of everyOctet(octets)) {
          expect(readAll(octets, { version, cuts: [cut] })).to.deep.equal(whole);
        }
        expect(readAll(octets, { version, cuts: everyOctet(octets) })).to.deep.equal(whole);
      }),
      { numRuns: 25 },
    );
  });

  it('random octets: a StompError or frames, the same however they are cut, within the limits', () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((data) => Buffer.from(data)),
      // what looks like frames goes further
      fc
        .array(fc.constantFrom('SEND', '\n', '\r', '\n\n', ':', 'a', 'content-length:3', '\0', '\\', '\\n', '\xff'))
        .map((pieces) => Buffer.from(pieces.join(''), 'latin1')),
    );
    const limits = fc.record({ headers: fc.nat(3), headerBytes: fc.nat(40), bodyBytes: fc.nat(20) });
    fc.assert(
      fc.property(octets, fc.constantFrom(...versions), limits, (octets, version, limits) => {
        const whole = readAll(octets, { version, limits });
        expect(readAll(octets, { version, limits, cuts: everyOctet(octets) })).to.deep.equal(whole);
        for (const { headers, body } of whole.frames) {
          expect(headers.length).to.be.at.most(limits.headers);
          expect(body.length).to.be.at.most(limits.bodyBytes);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('one octet changed: a StompError or frames, the same however they are cut', () => {
    const mutated = stream.chain(({ version, frames }) => {
      const octets = encodeAll(frames, version);
      return fc.record({
        version: fc.constant(version),
        octets: fc.tuple(fc.nat(octets.length - 1), fc.nat(255)).map(([at, octet]) => {
          const copy = Buffer.from(octets);
          copy[at] = octet;
          return copy;
        }),
        cuts: cutsOf(octets.length),
      });
    });
    fc.assert(
      fc.property(mutated, ({ version, octets, cuts }) => {
        expect(readAll(octets, { version, cuts })).to.deep.equal(readAll(octets, { version }));
      }),
      { numRuns: 500 },
    );
  });

  it('a prepared MESSAGE is the MESSAGE', () => {
    const text = textWithout('\0', '\r', '\n').map((text) => `x${text}x`);
    fc.assert(
      fc.property(frameOf('1.0'), fc.constantFrom(...versions), text, text, text, (shared, version, sub, id, ack) => {
        const prepared = prepareMessage(new Headers(shared.headers.flat()), shared.body);
        for (const receiver of [sub, `${sub}2`]) {
          const { frames, error } = readAll(prepared.for(version, receiver, id, ack), { version });
          expect(error).to.equal(undefined);
          const own = [
            ['subscription', receiver],
            ['message-id', id],
            ['ack', ack],
          ];
          const message = expected({ ...shared, command: 'MESSAGE' });
          expect(frames).to.deep.equal([{ ...message, headers: [...own, ...message.headers] }]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

// ---------------------------------------------------------------- others

/** stompjs's decoder takes one at the beginning of a command, name or value away; it is a character like others. */
const withoutByteOrderMarks = (frame: PlainFrame): PlainFrame => ({
  ...frame,
  headers: frame.headers.map(([name, value]) => [name, value.replace(/^\ufeff/, '')]),
});

/** stompjs leaves escapes to a later stage (which knows none in names): ours finish them. */
function readWithStompjs(octets: Buffer, version: Version): PlainFrame[] {
  const frames: PlainFrame[] = [];
  const parser = new StompjsParser(
    (frame) => {
      const command = String(frame.command);
      const escaping = escapingOf(command, version);
      frames.push({
        command,
        headers: frame.headers.map(([name, value]) => [unescape(name, escaping), unescape(value, escaping)] as const),
        body: Buffer.from(frame.binaryBody ?? []).toString('latin1'),
      });
    },
    () => {},
  );
  parser.parseChunk(new Uint8Array(octets).buffer);
  return frames;
}

/** stompit keeps the first of repeated headers only, and makes content-length a number. */
async function readWithStompit(octets: Buffer, version: Version): Promise<PlainFrame[]> {
  const stream = new stompit.IncomingFrameStream();
  stream.setVersion(version);
  stream.end(octets);
  const frames: PlainFrame[] = [];
  for await (const frame of stream) {
    const chunks: Buffer[] = [];
    for await (const chunk of frame) chunks.push(chunk);
    frames.push({
      command: frame.command,
      headers: Object.entries(frame.headers).map(([name, value]) => [name, String(value)] as const),
      body: Buffer.concat(chunks).toString('latin1'),
    });
  }
  return frames;
}

const firstOfEach = (frame: PlainFrame): PlainFrame => {
  const headers = new Map<string, string>();
  for (const [name, value] of frame.headers) if (!headers.has(name)) headers.set(name, value);
  return { ...frame, headers: [...headers] };
};

describe('FrameParser beside other parsers, for all valid frames', () => {
  it("reads what stompjs's Parser reads", () => {
    fc.assert(
      fc.property(stream, ({ version, frames }) => {
        const octets = encodeAll(frames, version, '\n');
        expect(readWithStompjs(octets, version)).to.deep.equal(
          readAll(octets, { version }).frames.map(withoutByteOrderMarks),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("reads what stompit's IncomingFrameStream reads", async () => {
    await fc.assert(
      fc.asyncProperty(stream, async ({ version, frames }) => {
        // stompit unescapes by the version alone, CONNECT too, and trips over a name that is an Object's own method
        const known = frames.filter(({ command }) => escapingOf(command, version) !== 'none');
        const octets = encodeAll(known, version, '\n');
        expect(await readWithStompit(octets, version)).to.deep.equal(
          readAll(octets, { version }).frames.map(firstOfEach),
        );
      }),
      { numRuns: 150 },
    );
  });

  // Where they differ from ours, each on purpose:

  it('stompjs takes a NUL between frames for nothing; ours for a frame without a command', () => {
    const octets = Buffer.from('SEND\n\n\0\0SEND\n\n\0');
    expect(readWithStompjs(octets, '1.2')).to.have.length(2);
    expect(readAll(octets).error?.message).to.equal('a frame without a command');
  });

  it('stompjs drops every CR; in 1.1 one within a header is data', () => {
    const octets = Buffer.from('SEND\na:b\rc\n\n\0');
    expect(readWithStompjs(octets, '1.1')[0]?.headers).to.deep.equal([['a', 'bc']]);
    expect(readAll(octets, { version: '1.1' }).frames[0]?.headers).to.deep.equal([['a', 'b\rc']]);
  });

  it('stompjs reads a line without a colon on into the next; ours refuses it', () => {
    const octets = Buffer.from('SEND\na\nb:c\n\n\0');
    expect(readWithStompjs(octets, '1.2')[0]?.headers).to.deep.equal([['a\nb', 'c']]);
    expect(readAll(octets).error?.message).to.contain('no colon');
  });

  it('stompjs does not look whether a NUL follows content-length; ours does', () => {
    const octets = Buffer.from('SEND\ncontent-length:1\n\nab\0');
    expect(readWithStompjs(octets, '1.2')[0]?.body).to.equal('a');
    expect(readAll(octets).error?.message).to.contain('no NUL after');
  });

  it('neither trims in 1.0; ours does, for the examples in the specification', async () => {
    const octets = Buffer.from('SUBSCRIBE\nack: client\n\n\0');
    expect(readWithStompjs(octets, '1.0')[0]?.headers).to.deep.equal([['ack', ' client']]);
    expect((await readWithStompit(octets, '1.0'))[0]?.headers).to.deep.equal([['ack', ' client']]);
    expect(readAll(octets, { version: '1.0' }).frames[0]?.headers).to.deep.equal([['ack', 'client']]);
  });

  it('stompit loses a backslash escape at the end of a value silently; ours refuses it', async () => {
    const octets = Buffer.from('SEND\na:b\\\n\n\0');
    expect((await readWithStompit(octets, '1.2'))[0]?.headers).to.deep.equal([['a', 'b\\']]);
    expect(readAll(octets).error?.message).to.contain('knows no');
  });
});
