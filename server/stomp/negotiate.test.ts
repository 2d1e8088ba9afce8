import { expect } from 'chai';
import {
  agreeHeartBeats,
  chooseSubprotocol,
  heartBeatHeader,
  negotiateVersion,
  readHeartBeat,
  supportedVersions,
} from './negotiate.ts';
import { StompError } from './stomp-error.ts';

describe('negotiateVersion', () => {
  it('STOMP 1.2 "Protocol Negotiation": the highest version both ends have in common', () => {
    expect(negotiateVersion('1.0,1.1,2.0')).to.equal('1.1');
    expect(negotiateVersion('1.2,1.1,1.0')).to.equal('1.2');
    expect(negotiateVersion('1.2')).to.equal('1.2');
    expect(negotiateVersion('1.0, 1.1')).to.equal('1.1');
  });

  it('STOMP 1.2 "Protocol Negotiation": without accept-version the client speaks 1.0', () => {
    expect(negotiateVersion(undefined)).to.equal('1.0');
  });

  it('STOMP 1.2 "Protocol Negotiation": none in common is a fault that lists the supported ones', () => {
    for (const accept of ['2.0', '', '1', '1.20', '1.2.1', 'v1.2', '__proto__']) {
      expect(() => negotiateVersion(accept), accept)
        .to.throw(StompError, 'Supported protocol versions are 1.0 1.1 1.2')
        .with.property('code', 'version-not-supported');
    }
    expect(supportedVersions).to.equal('1.0,1.1,1.2');
  });
});

describe('chooseSubprotocol', () => {
  it('takes the best one offered, in whatever order', () => {
    expect(chooseSubprotocol(['v10.stomp', 'v12.stomp', 'v11.stomp'])).to.equal('v12.stomp');
    expect(chooseSubprotocol(new Set(['chat', 'v10.stomp']))).to.equal('v10.stomp');
  });

  it('takes none where none is STOMP', () => {
    expect(chooseSubprotocol(['mqtt', 'V12.STOMP'])).to.equal(undefined);
    expect(chooseSubprotocol([])).to.equal(undefined);
  });
});

describe('readHeartBeat', () => {
  it('STOMP 1.2 "Heart-beating": two integers separated by a comma', () => {
    expect(readHeartBeat('0,0', '1.2')).to.deep.equal({ canSendMs: 0, wantsMs: 0 });
    expect(readHeartBeat('4000,10000', '1.1')).to.deep.equal({ canSendMs: 4000, wantsMs: 10_000 });
    expect(heartBeatHeader({ canSendMs: 1, wantsMs: 2 })).to.equal('1,2');
  });

  it('STOMP 1.2 "Heart-beating": a missing header is "0,0"', () => {
    expect(readHeartBeat(undefined, '1.2')).to.deep.equal({ canSendMs: 0, wantsMs: 0 });
  });

  it('STOMP 1.2 "Heart-beating": anything else is refused', () => {
    for (const header of [
      '',
      '1',
      '1,',
      ',1',
      '1,2,3',
      '-1,0',
      '1.5,0',
      'a,b',
      ' 1,2',
      '1, 2',
      '0x1,0',
      '12345678901,0',
    ]) {
      expect(() => readHeartBeat(header, '1.2'), header).to.throw(StompError, 'heart-beat');
    }
  });

  it('STOMP 1.0 knows no such header', () => {
    expect(readHeartBeat('1000,nonsense', '1.0')).to.deep.equal({ canSendMs: 0, wantsMs: 0 });
  });
});

describe('agreeHeartBeats', () => {
  const agree = (ours: [number, number], theirs: [number, number]) =>
    agreeHeartBeats({ canSendMs: ours[0], wantsMs: ours[1] }, { canSendMs: theirs[0], wantsMs: theirs[1] });

  it('STOMP 1.2 "Heart-beating": none where one end says 0', () => {
    const none = { sendAfterMs: undefined, goneAfterMs: undefined };
    expect(agree([10_000, 10_000], [0, 0])).to.deep.equal(none);
    expect(agree([0, 0], [10_000, 10_000])).to.deep.equal(none);
  });

  it('STOMP 1.2 "Heart-beating": each direction on its own', () => {
    expect(agree([0, 1000], [1000, 1000])).to.deep.equal({ sendAfterMs: undefined, goneAfterMs: 2000 });
    expect(agree([1000, 0], [1000, 1000])).to.deep.equal({ sendAfterMs: 800, goneAfterMs: undefined });
  });

  it('STOMP 1.2 "Heart-beating": every MAX of what one can and the other wants', () => {
    expect(agree([10_000, 10_000], [4000, 20_000])).to.deep.equal({ sendAfterMs: 16_000, goneAfterMs: 20_000 });
    expect(agree([10_000, 10_000], [30_000, 1])).to.deep.equal({ sendAfterMs: 8000, goneAfterMs: 60_000 });
  });

  it('STOMP 1.2 "Heart-beating": sends at least so often, and tolerates a margin when it waits', () => {
    for (const n of [1, 2, 10, 1000, 10_000]) {
      const { sendAfterMs, goneAfterMs } = agree([n, n], [n, n]);
      expect(sendAfterMs).to.be.within(1, n);
      expect(goneAfterMs).to.be.greaterThan(n);
    }
  });

  it("never gives a time that Node's timers would take for at once", () => {
    const { sendAfterMs, goneAfterMs } = agree([10_000, 10_000], [9_999_999_999, 9_999_999_999]);
    expect(sendAfterMs).to.equal(2 ** 31 - 1);
    expect(goneAfterMs).to.equal(2 ** 31 - 1);
  });
});
