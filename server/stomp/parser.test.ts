import { expect } from 'chai';
import type { Version } from './frame.ts';
import { FrameParser } from './parser.ts';
import { everyOctet, type ReadOptions, readAll, roomyLimits } from './read-all.ts';
import { StompError } from './stomp-error.ts';

/** The frames, none of which may be an error. */
function frames(octets: Buffer | string, options?: ReadOptions) {
  const { frames, error } = readAll(octets, options);
  expect(error, 'error').to.equal(undefined);
  return frames;
}
const one = (octets: Buffer | string, version: Version = '1.2') => {
  const all = frames(octets, { version });
  expect(all).to.have.length(1);
  return all[0]!;
};
const headersOf = (octets: Buffer | string, version?: Version) => Object.fromEntries(one(octets, version).headers);
const errorOf = (octets: Buffer | string, options?: ReadOptions) => {
  const { error } = readAll(octets, options);
  expect(error, 'error').to.not.equal(undefined);
  return error!;
};
const each = (versions: readonly Version[], name: string, test: (version: Version) => void) => {
  for (const version of versions) {
    // of these paragraphs 1.0 has only its grammar
    const title = version === '1.0' ? name.replace(/^("(?!Augmented BNF))/, '(as 1.1) $1') : name;
    it(`STOMP ${version} ${title}`, () => test(version));
  }
};
const all = ['1.0', '1.1', '1.2'] as const;

describe('FrameParser', () => {
  describe('frames', () => {
    each(all, '"STOMP Frames": command, headers, blank line, body, NUL', (version) => {
      expect(one('SEND\ndestination:/queue/a\nfoo:bar\n\nhello\0', version)).to.deep.equal({
        command: 'SEND',
        headers: [
          ['destination', '/queue/a'],
          ['foo', 'bar'],
        ],
        body: 'hello',
      });
    });

    each(all, '"Augmented BNF": a frame without headers and without a body', (version) => {
      expect(one('DISCONNECT\n\n\0', version)).to.deep.equal({ command: 'DISCONNECT', headers: [], body: '' });
    });

    each(all, '"STOMP Frames": the NUL may be followed by line ends', (version) => {
      expect(frames('ABORT\n\n\0\n\n\nBEGIN\n\n\0\n', { version }).map((f) => f.command)).to.deep.equal([
        'ABORT',
        'BEGIN',
      ]);
    });

    each(['1.1', '1.2'], '"Heart-beating": line ends before, between and after frames are no frames', (version) => {
      expect(frames('\n\n', { version })).to.deep.equal([]);
      expect(frames('\n\r\nSEND\n\n\0\n\nSEND\n\n\0\r\n', { version })).to.have.length(2);
    });

    it('STOMP 1.2 "STOMP Frames": commands and header names are case sensitive', () => {
      expect(one('send\nA:1\na:2\n\n\0')).to.deep.include({
        command: 'send',
        headers: [
          ['A', '1'],
          ['a', '2'],
        ],
      });
    });

    it('hands out several frames of one chunk in order', () => {
      expect(frames('SEND\n\n1\0SEND\n\n2\0SEND\n\n3\0').map((f) => f.body)).to.deep.equal(['1', '2', '3']);
    });

    it('gives a body as a view of the chunk when the frame lies whole in it', () => {
      const chunk = Buffer.from('SEND\n\nhello\0');
      new FrameParser(roomyLimits).push(chunk, ({ body }) => {
        expect(body.buffer).to.equal(chunk.buffer);
        expect(body.byteOffset).to.equal(chunk.byteOffset + 6);
      });
    });

    it('leaves bodies it handed out alone when later chunks arrive', () => {
      const parser = new FrameParser(roomyLimits);
      const bodies: Buffer[] = [];
      for (const text of ['SEND\n\nfir', 'st\0SEND\n\nsec', 'ond\0SEND\n\nthird\0']) {
        const chunk = Buffer.from(text);
        parser.push(chunk, ({ body }) => bodies.push(body));
        // a chunk that was not handed out as a body belongs to the giver again
        if (!text.endsWith('third\0')) chunk.fill('x');
      }
      expect(bodies.map(String)).to.deep.equal(['first', 'second', 'third']);
    });
  });

  describe('line ends', () => {
    each(all, '"Augmented BNF" (EOL = [CR] LF): CR LF ends a line, also where the version only knows LF', (version) => {
      expect(one('SEND\r\ndestination:/queue/a\r\n\r\nbody\r\n\0\r\n', version)).to.deep.equal({
        command: 'SEND',
        headers: [['destination', '/queue/a']],
        body: 'body\r\n',
      });
    });

    it('STOMP 1.2 "Augmented BNF": lines of one head may end differently', () => {
      expect(one('SEND\na:1\r\nb:2\n\r\n\0').headers).to.have.length(2);
      expect(one('SEND\r\na:1\n\n\r\n\0').body).to.equal('\r\n');
    });

    it('STOMP 1.2 "Augmented BNF": a CR within a header is refused', () => {
      for (const header of ['a:b\rc', 'a\rb:c', 'a:\r\r']) {
        expect(errorOf(`SEND\n${header}\n\n\0`).message).to.contain('carriage return');
      }
    });

    each(['1.0', '1.1'], '"Augmented BNF": a CR within a header is data', (version) => {
      expect(headersOf('SEND\na:b\rc\n\n\0', version)).to.deep.equal({ a: 'b\rc' });
    });

    it('STOMP 1.2 "Augmented BNF": a CR that ends nothing between frames is refused', () => {
      expect(errorOf('\rSEND\n\n\0').message).to.contain('control characters in the command');
    });
  });

  describe('header encoding', () => {
    it('STOMP 1.2 "Value Encoding": \\r, \\n, \\c and \\\\ stand for CR, LF, colon and backslash, in names too', () => {
      expect(headersOf('SEND\nk\\ce\\ny:\\r\\n\\c\\\\\n\n\0')).to.deep.equal({ 'k:e\ny': '\r\n:\\' });
      expect(headersOf('SEND\na:\\\\n\\\\\\n\n\n\0')).to.deep.equal({ a: '\\n\\\n' });
    });

    it('STOMP 1.1 "Value Encoding": \\n, \\c and \\\\', () => {
      expect(headersOf('SEND\nk\\cey:\\n\\c\\\\\n\n\0', '1.1')).to.deep.equal({ 'k:ey': '\n:\\' });
    });

    it('STOMP 1.0 knows no escapes', () => {
      expect(headersOf('SEND\na:\\n\\c\\t\\\n\n\0', '1.0')).to.deep.equal({ a: '\\n\\c\\t\\' });
    });

    it('STOMP 1.2 "Value Encoding": undefined escape sequences such as \\t are a fatal protocol error', () => {
      for (const value of ['\\t', '\\N', 'x\\', '\\ ', '\\0', '\\\\\\q']) {
        const error = errorOf(`SEND\nreceipt:7\nwhere:${value}\n\n\0`);
        expect(error.code).to.equal('protocol-error');
        expect(error.message).to.match(/knows no .*in the header "where"/);
        expect(error.receipt).to.equal('7');
      }
      expect(errorOf('SEND\n\\t:1\n\n\0').message).to.contain('knows no "\\\\t"');
    });

    it('STOMP 1.1 "Value Encoding": undefined escape sequences such as \\r are a fatal protocol error', () => {
      expect(errorOf('SEND\na:\\r\n\n\0', { version: '1.1' }).message).to.contain('knows no "\\\\r"');
    });

    for (const command of ['CONNECT', 'CONNECTED', 'STOMP']) {
      each(all, `"Value Encoding": ${command} is not unescaped`, (version) => {
        const octets = `${command}\naccept-version:${version}\npasscode:a\\c\\n\\t\\\n\n\0`;
        expect(headersOf(octets, version)).to.include({ passcode: 'a\\c\\n\\t\\' });
      });
    }

    each(all, '"Value Encoding": colons in values are kept (as RabbitMQ does)', (version) => {
      expect(headersOf('SEND\na:b:c::\n\n\0', version)).to.deep.equal({ a: 'b:c::' });
      expect(headersOf('CONNECT\npasscode:b:c\n\n\0', version)).to.deep.equal({ passcode: 'b:c' });
    });

    each(all, '"Value Encoding": headers are UTF-8', (version) => {
      expect(headersOf('SEND\nключ:значение 🐇 \ufffd\n\n\0', version)).to.deep.equal({ ключ: 'значение 🐇 \ufffd' });
    });

    it('STOMP 1.2 "Value Encoding": octets that are not UTF-8 are refused', () => {
      for (const octets of [[0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80]]) {
        const head = Buffer.concat([Buffer.from('SEND\na:'), Buffer.from(octets), Buffer.from('\n\n\0')]);
        expect(errorOf(head).message).to.contain('not UTF-8');
      }
    });

    it('STOMP 1.2 "Value Encoding": a body need not be UTF-8', () => {
      const octets = Buffer.concat([Buffer.from('SEND\n\n'), Buffer.from([0xff, 0xc3, 0]), Buffer.from('\n')]);
      expect(one(octets).body).to.equal('\xff\xc3');
    });

    each(['1.1', '1.2'], '"Value Encoding": never trims or pads with spaces', (version) => {
      expect(one('SEND\n a : b \t\n\n\0', version).headers).to.deep.equal([[' a ', ' b \t']]);
      expect(one('CONNECT\naccept-version:1.2\npasscode: b \n\n\0', '1.0').headers[1]).to.deep.equal([
        'passcode',
        ' b ',
      ]);
    });

    it('STOMP 1.0 examples ("ack: client"): values lose the spaces around them', () => {
      expect(headersOf('SUBSCRIBE\ndestination: /queue/foo\nack:  client \n\n\0', '1.0')).to.deep.equal({
        destination: '/queue/foo',
        ack: 'client',
      });
    });

    it('STOMP 1.0 examples ("login: <username>"): so does a CONNECT without accept-version', () => {
      expect(headersOf('CONNECT\nlogin: me\npasscode:x\n\n\0', '1.0')).to.deep.equal({ login: 'me', passcode: 'x' });
    });
  });

  describe('headers', () => {
    each(all, '"Repeated Header Entries": the first one counts, all are kept', (version) => {
      new FrameParser(roomyLimits).push(Buffer.from('MESSAGE\nfoo:World\nfoo:Hello\n\n\0'), ({ headers }) => {
        expect(headers.get('foo')).to.equal('World');
        expect(headers.size).to.equal(2);
      });
      expect(one('MESSAGE\nfoo:World\nfoo:Hello\n\n\0', version).headers).to.deep.equal([
        ['foo', 'World'],
        ['foo', 'Hello'],
      ]);
    });

    it('STOMP 1.2 "Repeated Header Entries": so the first content-length counts', () => {
      expect(one('SEND\ncontent-length:3\ncontent-length:1\n\na\0b\0').body).to.equal('a\0b');
    });

    it('STOMP 1.2 "Augmented BNF": a value may be empty', () => {
      expect(headersOf('SEND\na:\n\n\0')).to.deep.equal({ a: '' });
    });

    it('knows no header that was not sent, whatever its name', () => {
      new FrameParser(roomyLimits).push(Buffer.from('SEND\n__proto__:1\nhasOwnProperty:2\n\n\0'), ({ headers }) => {
        expect(headers.get('constructor')).to.equal(undefined);
        expect(headers.get('__proto__')).to.equal('1');
        expect(headers.get('hasOwnProperty')).to.equal('2');
        // a value is no name
        expect(headers.has('1')).to.equal(false);
      });
    });

    it('STOMP 1.2 "Augmented BNF": a line without a colon is refused', () => {
      expect(errorOf('SEND\nreceipt:r\nfoo\n\n\0')).to.deep.equal({
        code: 'protocol-error',
        message: 'no colon in the header line "foo"',
        receipt: 'r',
      });
      // the colon of the next line is not this one's
      expect(errorOf('SEND\nfoo\nbar:1\n\n\0').message).to.contain('"foo"');
    });

    it('STOMP 1.2 "Augmented BNF": a header has a name', () => {
      expect(errorOf('SEND\n:value\n\n\0').message).to.contain('no name in the header line ":value"');
    });
  });

  describe('command', () => {
    it('STOMP 1.2 "Augmented BNF": a frame has a command', () => {
      expect(errorOf('\0').message).to.equal('a frame without a command');
      expect(errorOf('SEND\n\n\0\0').message).to.equal('a frame without a command');
    });

    it('refuses control characters in it, and does not repeat them', () => {
      for (const command of ['SE\tND', '\x01', 'SEND\x7f', '\rSEND', 'SEND\r']) {
        const { message } = errorOf(`${command}\r\n\r\n\0`);
        expect(message).to.contain('control characters in the command');
        // oxlint-disable-next-line no-control-regex
        expect(message).to.not.match(/[\0-\x1f\x7f]/);
      }
    });

    it('quotes no more of a line than fits a message', () => {
      expect(errorOf(`SEND\n${'long'.repeat(1000)}\n\n\0`).message.length).to.be.lessThan(100);
    });
  });

  describe('body', () => {
    each(all, '"content-length": so many octets are read, NULs too', (version) => {
      expect(one('SEND\ncontent-length:5\n\na\0\0b\0\0\n', version).body).to.equal('a\0\0b\0');
      expect(one('SEND\ncontent-length:0\n\n\0', version).body).to.equal('');
    });

    each(all, '"content-length": the frame still needs to be terminated with a NUL', (version) => {
      const error = errorOf('SEND\nreceipt:r9\ncontent-length:2\n\nabc\0', { version });
      expect(error.message).to.equal('no NUL after the 2 octets of content-length');
      expect(error.receipt).to.equal('r9');
    });

    each(all, '"content-length": without it the first NUL ends the frame', (version) => {
      expect(frames('SEND\n\nab\0\nSEND\n\ncd\0', { version }).map((f) => f.body)).to.deep.equal(['ab', 'cd']);
    });

    it('STOMP 1.2 "Header content-length": counts octets, not characters', () => {
      expect(one('SEND\ncontent-length:6\n\nжмя\0').body).to.equal(Buffer.from('жмя').toString('latin1'));
    });

    it('STOMP 1.2 "Header content-length": anything but a number is refused', () => {
      for (const value of ['', 'x', '-1', '1.5', '1e1', ' 1', '1 ', '0x1', '+1', '9'.repeat(16), '١']) {
        const error = errorOf(`SEND\nreceipt:r\ncontent-length:${value}\n\na\0`);
        expect(error.message, value).to.contain('content-length is no number');
        expect(error.receipt).to.equal('r');
      }
    });

    it('STOMP 1.2 "Header content-length": may stand on every frame', () => {
      expect(one('ACK\nid:1\ncontent-length:0\n\n\0').command).to.equal('ACK');
    });

    it('a NUL before the blank line is named as what it is, with the receipt', () => {
      expect(errorOf('DISCONNECT\nreceipt:77\n\0')).to.deep.equal({
        code: 'protocol-error',
        message: 'no blank line between headers and NUL',
        receipt: '77',
      });
      expect(errorOf('DISCONNECT\0').message).to.contain('no blank line');
      expect(errorOf('SEND\na:b\0c\n\nbody\0').message).to.contain('no blank line');
      expect(errorOf('SEND\nreceipt:1\nab\0').message).to.contain('no colon');
    });
  });

  describe('limits (STOMP 1.2 "Size Limits")', () => {
    const tooLarge = (octets: string, limits: object) => {
      const error = errorOf(octets, { limits: { ...roomyLimits, ...limits } });
      expect(error.code).to.equal('frame-too-large');
      return error;
    };

    it('headers: as many as allowed, not one more', () => {
      const frame = (count: number) => `SEND\n${'a:b\n'.repeat(count)}\n\0`;
      expect(frames(frame(3), { limits: { ...roomyLimits, headers: 3 } })[0]!.headers).to.have.length(3);
      expect(tooLarge(frame(4), { headers: 3 }).message).to.equal('more than 3 headers');
    });

    it('headerBytes: as many octets as allowed, the blank line included, not one more', () => {
      for (const eol of ['\n', '\r\n']) {
        const head = `SEND${eol}a:b${eol}${eol}`;
        const limits = { ...roomyLimits, headerBytes: head.length };
        expect(frames(`${head}\0`, { limits })).to.have.length(1);
        for (const cuts of [[], everyOctet(Buffer.from(head))]) {
          const error = errorOf(`${head}\0`, { cuts, limits: { ...limits, headerBytes: head.length - 1 } });
          expect(error.code).to.equal('frame-too-large');
          expect(error.message).to.contain(`${head.length - 1} octets`);
        }
      }
    });

    it('headerBytes: a head that never ends is refused at the first octet too many', () => {
      const limits = { ...roomyLimits, headerBytes: 100 };
      expect(readAll('a'.repeat(100), { limits }).error).to.equal(undefined);
      tooLarge('a'.repeat(101), { headerBytes: 100 });
    });

    it('bodyBytes with content-length: refused as soon as it is announced', () => {
      const limits = { ...roomyLimits, bodyBytes: 10 };
      expect(frames(`SEND\ncontent-length:10\n\n${'b'.repeat(10)}\0`, { limits })).to.have.length(1);
      expect(tooLarge('SEND\nreceipt:r\ncontent-length:11\n\n', { bodyBytes: 10 }).receipt).to.equal('r');
    });

    it('bodyBytes without content-length: refused at the first octet too many', () => {
      const limits = { ...roomyLimits, bodyBytes: 10 };
      expect(frames(`SEND\n\n${'b'.repeat(10)}\0`, { limits })).to.have.length(1);
      expect(readAll(`SEND\n\n${'b'.repeat(10)}`, { limits }).error).to.equal(undefined);
      expect(tooLarge(`SEND\nreceipt:r\n\n${'b'.repeat(11)}`, { bodyBytes: 10 }).receipt).to.equal('r');
      tooLarge(`SEND\n\n${'b'.repeat(11)}\0`, { bodyBytes: 10 });
    });

    it('may be widened between frames', () => {
      const parser = new FrameParser({ ...roomyLimits, bodyBytes: 0 });
      const bodies: string[] = [];
      parser.push(Buffer.from('CONNECT\n\n\0SEND\n\nhello\0'), ({ body }) => {
        bodies.push(String(body));
        parser.limits = roomyLimits;
      });
      expect(bodies).to.deep.equal(['', 'hello']);
    });
  });

  describe('a peer that sends octet by octet', () => {
    it('never makes it hold more than the limits, nor copy in squares', () => {
      const limits = { ...roomyLimits, bodyBytes: 200_000 };
      const octets = Buffer.from(`SEND\n\n${'b'.repeat(200_000)}\0`);
      const parser = new FrameParser(limits);
      let allocated = 0;
      const allocUnsafe = Buffer.allocUnsafe.bind(Buffer);
      Buffer.allocUnsafe = (size: number) => {
        allocated += size;
        return allocUnsafe(size);
      };
      try {
        const { frames } = readAll(octets, { cuts: everyOctet(octets), limits, parser });
        expect(frames[0]!.body).to.have.length(200_000);
      } finally {
        Buffer.allocUnsafe = allocUnsafe;
      }
      // doubling: 1 + 2 + 4 … up to twice the frame
      expect(allocated).to.be.within(200_000, 4 * 200_000);
      expect(parser.heldBytes).to.equal(0);
    });

    it('is not held on to by heart-beats', () => {
      const parser = new FrameParser(roomyLimits);
      for (let i = 0; i < 1000; i++) parser.push(Buffer.from('\r\n\n'), () => expect.fail());
      expect(parser.heldBytes).to.equal(0);
    });
  });

  describe('ends', () => {
    it('refuses everything after an error, with the same error', () => {
      const parser = new FrameParser(roomyLimits);
      const seen: string[] = [];
      const push = (text: string) => parser.push(Buffer.from(text), ({ command }) => seen.push(command));
      expect(() => push('SEND\n\n\0SEND\nfoo\n\n\0SEND\n\n\0')).to.throw(StompError, 'no colon');
      expect(() => push('SEND\n\n\0')).to.throw(StompError, 'no colon');
      expect(seen).to.deep.equal(['SEND']);
    });

    it('refuses everything after its reader failed', () => {
      const parser = new FrameParser(roomyLimits);
      const fail = () => {
        throw new Error('reader');
      };
      expect(() => parser.push(Buffer.from('SEND\n\n\0SEND\n\n\0'), fail)).to.throw('reader');
      expect(() => parser.push(Buffer.from('SEND\n\n\0'), () => {})).to.throw('reader');
    });

    it('stop(): hands out nothing more, of this chunk or of later ones', () => {
      const parser = new FrameParser(roomyLimits);
      let count = 0;
      const onFrame = () => {
        count += 1;
        parser.stop();
      };
      parser.push(Buffer.from('SEND\n\n\0SEND\n\n\0bad'), onFrame);
      parser.push(Buffer.from('SEND\n\n\0'), onFrame);
      expect(count).to.equal(1);
      expect(parser.heldBytes).to.equal(0);
    });

    it('STOMP 1.2 "Protocol Negotiation": the version set at CONNECT holds for the frames right behind it', () => {
      const parser = new FrameParser(roomyLimits);
      const values: (string | undefined)[] = [];
      parser.push(Buffer.from('CONNECT\naccept-version:1.2\na:\\c\n\n\0SEND\na:\\c\n\n\0'), ({ headers }) => {
        parser.version = '1.2';
        values.push(headers.get('a'));
      });
      expect(values).to.deep.equal(['\\c', ':']);
    });
  });
});
