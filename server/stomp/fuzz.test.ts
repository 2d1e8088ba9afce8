import { expect } from 'chai';
import type { Frame } from './frame.ts';
import { type FuzzCount, FuzzFailure, fuzzCase } from './fuzz.ts';
import { FrameParser, type ParserLimits } from './parser.ts';

function run(cases: number, newParser?: (limits: ParserLimits) => FrameParser): FuzzCount {
  const count: FuzzCount = { cases: 0, frames: 0, errors: new Map() };
  for (let number = 0; number < cases; number++) fuzzCase(1, number, count, newParser);
  return count;
}

describe('fuzzCase', () => {
  it('finds nothing in 2,000 cases, which meet every kind of error and many frames', () => {
    const { cases, frames, errors } = run(2000);
    expect(cases).to.equal(2000);
    expect(frames).to.be.greaterThan(5000);
    expect([...errors.keys()]).to.include.members([
      'frame-too-large: command and headers are longer than',
      'frame-too-large: more than',
      'frame-too-large: the body is longer than',
      'protocol-error: STOMP',
      'protocol-error: a carriage return within the header',
      'protocol-error: a frame without a command',
      'protocol-error: command and headers are not UTF-',
      'protocol-error: content-length is no number of octets:',
      'protocol-error: control characters in the command',
      'protocol-error: no NUL after the',
      'protocol-error: no blank line between headers and NUL',
      'protocol-error: no colon in the header line',
      'protocol-error: no name in the header line',
    ]);
  });

  it('makes the same of the same seed', () => {
    expect(run(50)).to.deep.equal(run(50));
  });

  // it finds what it is there for:

  it('a parser that loses an octet where chunks meet', () => {
    class Loses extends FrameParser {
      override push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
        super.push(this.heldBytes === 7 ? chunk.subarray(1) : chunk, onFrame);
      }
    }
    expect(() => run(2000, (limits) => new Loses(limits))).to.throw(FuzzFailure, /cut at .* read otherwise.*--case/);
  });

  it('a parser that crashes', () => {
    class Crashes extends FrameParser {
      override push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
        super.push(chunk, (frame) => onFrame({ ...frame, command: frame.headers.get('receipt')!.trim() }));
      }
    }
    expect(() => run(2000, (limits) => new Crashes(limits))).to.throw(FuzzFailure, 'crashed: TypeError');
  });

  it('a parser that keeps more than it may', () => {
    class Keeps extends FrameParser {
      override get heldBytes(): number {
        return super.heldBytes * 50_000;
      }
    }
    expect(() => run(2000, (limits) => new Keeps(limits))).to.throw(FuzzFailure, 'octets where');
  });

  it('a parser that reads valid frames wrongly, but always the same', () => {
    class Shouts extends FrameParser {
      override push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
        super.push(chunk, (frame) => onFrame({ ...frame, body: Buffer.from(String(frame.body).toUpperCase()) }));
      }
    }
    expect(() => run(2000, (limits) => new Shouts(limits))).to.throw(FuzzFailure, 'valid frames were read otherwise');
  });
});
