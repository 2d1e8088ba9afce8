import { expect } from 'chai';
import { encodeFrame, heartBeat, prepareMessage } from './encoder.ts';
import { Headers, versions } from './frame.ts';
import { readAll } from './read-all.ts';

const text = (...args: Parameters<typeof encodeFrame>) => encodeFrame(...args).toString();

describe('encodeFrame', () => {
  it('STOMP 1.2 "STOMP Frames": command, headers, blank line, body, NUL', () => {
    expect(text('RECEIPT', { 'receipt-id': '77' }, undefined, '1.2')).to.equal('RECEIPT\nreceipt-id:77\n\n\0');
    expect(text('ERROR', { message: 'm' }, 'body', '1.2')).to.equal('ERROR\ncontent-length:4\nmessage:m\n\nbody\0');
  });

  it('STOMP 1.2 "Header content-length": counts the octets of the body, and is its own', () => {
    expect(text('MESSAGE', {}, 'ж🐇', '1.2')).to.contain('content-length:6\n');
    expect(text('MESSAGE', { 'content-length': '1' }, Buffer.from('a\0b'), '1.2')).to.equal(
      'MESSAGE\ncontent-length:3\n\na\0b\0',
    );
    expect(text('MESSAGE', { 'content-length': '1' }, '', '1.2')).to.equal('MESSAGE\n\n\0');
  });

  it('STOMP 1.2 "Value Encoding": escapes CR, LF, colon and backslash in names and values', () => {
    expect(text('MESSAGE', { 'a:\\': '\r\n:\\n' }, '', '1.2')).to.equal('MESSAGE\na\\c\\\\:\\r\\n\\c\\\\n\n\n\0');
  });

  it('STOMP 1.1 "Value Encoding": escapes LF, colon and backslash; a CR is data', () => {
    expect(text('MESSAGE', { 'a:\\': '\r\n:\\n' }, '', '1.1')).to.equal('MESSAGE\na\\c\\\\:\r\\n\\c\\\\n\n\n\0');
  });

  it('STOMP 1.0 has no escapes: what would end a line or a name becomes a space', () => {
    expect(text('MESSAGE', { 'a:b': 'c\nd:e\\f' }, '', '1.0')).to.equal('MESSAGE\na b:c d:e\\f\n\n\0');
  });

  it('STOMP 1.2 "Value Encoding": CONNECTED is not escaped', () => {
    expect(text('CONNECTED', { session: 'a:b\\c', x: 'y\r\nz' }, '', '1.2')).to.equal(
      'CONNECTED\nsession:a:b\\c\nx:y  z\n\n\0',
    );
  });

  for (const version of versions) {
    it(`STOMP ${version}: no header can begin another line or end the frame`, () => {
      const evil = 'x\n\n\0\nSEND\ndestination:/queue/a\r\n\r\n\0';
      for (const command of ['MESSAGE', 'CONNECTED']) {
        const { frames, error } = readAll(encodeFrame(command, { [evil]: evil }, 'body', version), { version });
        expect(error).to.equal(undefined);
        expect(frames).to.have.length(1);
        expect(frames[0]?.headers).to.have.length(2);
        expect(frames[0]?.body).to.equal('body');
      }
    });
  }

  it('STOMP 1.2 "Repeated Header Entries": writes every line of Headers, in order', () => {
    expect(text('MESSAGE', new Headers(['a', '1', 'b', '2', 'a', '3']), '', '1.2')).to.equal(
      'MESSAGE\na:1\nb:2\na:3\n\n\0',
    );
  });

  it('leaves out headers without a value', () => {
    expect(text('ERROR', { message: 'm', 'receipt-id': undefined }, '', '1.2')).to.equal('ERROR\nmessage:m\n\n\0');
  });

  it('STOMP 1.2 "Heart-beating": sends an end of line', () => {
    expect(heartBeat.toString()).to.equal('\n');
  });
});

describe('prepareMessage', () => {
  const prepared = prepareMessage({ destination: '/user/queue/events', 'x:y': 'z\r' }, Buffer.from('{}'));

  it('STOMP 1.2 "MESSAGE": destination, message-id, subscription, and ack where one is asked for', () => {
    expect(prepared.for('1.2', 's:1', 'm1', 'a1').toString()).to.equal(
      'MESSAGE\nsubscription:s\\c1\nmessage-id:m1\nack:a1\ncontent-length:2\ndestination:/user/queue/events\nx\\cy:z\\r\n\n{}\0',
    );
    expect(prepared.for('1.2', 's', 'm').toString()).to.not.contain('ack:');
  });

  it('is encoded for each version on its own', () => {
    expect(prepared.for('1.0', 's:1', 'm1').toString())
      .to.contain('subscription:s:1\n')
      .and.to.contain('x y:z\r\n');
    expect(prepared.for('1.1', 's:1', 'm1').toString())
      .to.contain('subscription:s\\c1\n')
      .and.to.contain('x\\cy:z\r\n');
  });

  it('is encoded once for all receivers of a version', () => {
    const body = Buffer.from('body');
    const message = prepareMessage({}, body);
    const first = message.for('1.2', 's', 'm');
    body.fill('x');
    expect(message.for('1.2', 's', 'm').toString())
      .to.equal(first.toString())
      .and.to.contain('body');
  });

  it('STOMP 1.2 "Repeated Header Entries": a shared header never counts before its own', () => {
    const forged = prepareMessage({ subscription: 'other', 'content-length': '0' }, Buffer.from('body'));
    const { frames } = readAll(forged.for('1.2', 'mine', 'm'));
    expect(frames[0]?.headers.find(([name]) => name === 'subscription')).to.deep.equal(['subscription', 'mine']);
    expect(frames[0]?.body).to.equal('body');
  });
});
