import { expect } from 'chai';
import { type Frame, Headers } from '../../stomp/frame.ts';
import { Unanswered } from './unanswered.ts';

const frame = (command: string): Frame => ({ command, headers: new Headers([]), body: Buffer.alloc(0) });

describe('what RabbitMQ has not answered', () => {
  it('names the frame that its ERROR is about, where there is but one or they are done in turn', () => {
    const unanswered = new Unanswered();
    expect(unanswered.culprit(0)).to.equal(undefined);
    const [subscribe, send, later] = [frame('SUBSCRIBE'), frame('SEND'), frame('SUBSCRIBE')];
    const answered = unanswered.add(subscribe, 0);
    const confirmed = unanswered.add(send, 0);
    expect(unanswered.culprit(0)).to.equal(subscribe);
    answered();
    expect(unanswered.culprit(0)).to.equal(send);
    unanswered.add(later, 0);
    expect(unanswered.culprit(0), 'one of the two').to.equal(undefined);
    confirmed();
    expect(unanswered.culprit(0)).to.equal(later);
  });

  it('knows none of a connection that was lost', () => {
    const unanswered = new Unanswered();
    unanswered.add(frame('SUBSCRIBE'), 0);
    expect(unanswered.culprit(1)).to.equal(undefined);
  });
});
