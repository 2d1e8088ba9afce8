import { expect } from 'chai';
import { type Frame, Headers } from '../stomp/frame.ts';
import { Turns } from './turns.ts';

const frame = (command: string, body = ''): Frame => ({ command, headers: new Headers([]), body: Buffer.from(body) });

describe('the turns of frames', () => {
  /** Those in `slow` are done when they are told to be. */
  const made = (...slow: string[]) => {
    const log: string[] = [];
    const finish = new Map<string, () => void>();
    const turns = new Turns(
      ({ command, body }) => {
        log.push(command + body.toString());
        if (!slow.includes(command)) return undefined;
        return new Promise<void>((resolve) => finish.set(command, resolve));
      },
      () => log.push('all taken'),
    );
    const done = async (command: string) => {
      finish.get(command)?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { turns, log, done };
  };

  it('are taken at once where none waits', () => {
    const { turns, log } = made();
    for (const command of ['A', 'B']) turns.take(frame(command));
    expect(log).to.deep.equal(['A', 'B']);
    expect(turns.waiting).to.equal(0);
  });

  it('wait for the one before, in their order', async () => {
    const { turns, log, done } = made('A', 'C');
    for (const command of ['A', 'B', 'C', 'D']) turns.take(frame(command));
    expect(log).to.deep.equal(['A']);
    expect(turns.waiting).to.equal(3);
    await done('A');
    expect(log).to.deep.equal(['A', 'B', 'C']);
    turns.take(frame('E'));
    await done('C');
    expect(log).to.deep.equal(['A', 'B', 'C', 'D', 'E', 'all taken']);
  });

  it('keep a body that waits, whatever becomes of the chunk it came in', async () => {
    const { turns, log, done } = made('A');
    const chunk = Buffer.from('body');
    turns.take(frame('A'));
    turns.take({ ...frame('B'), body: chunk.subarray(0, 4) });
    chunk.fill(0);
    await done('A');
    expect(log).to.include('Bbody');
  });

  it('are forgotten with the session', async () => {
    const { turns, log, done } = made('A');
    for (const command of ['A', 'B']) turns.take(frame(command));
    turns.clear();
    await done('A');
    expect(log).to.deep.equal(['A', 'all taken']);
  });
});
