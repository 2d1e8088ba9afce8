import { expect } from 'chai';
import { checkFrame, clientCommands } from './commands.ts';
import { Headers, type Version, versions } from './frame.ts';
import { StompError } from './stomp-error.ts';

const check = (version: Version, command: string, headers: Record<string, string> = {}, body = '') =>
  checkFrame({ command, headers: Headers.from(headers), body: Buffer.from(body) }, version);
const refused = (message: string, ...args: Parameters<typeof check>) =>
  expect(() => check(...args), `${args[0]} ${args[1]}`)
    .to.throw(StompError, message)
    .with.property('code', 'protocol-error');

/** By paragraph: in these versions the command needs all of the headers, and is content with them. */
const rows: [paragraph: string, versions: readonly Version[], command: string, headers: string[]][] = [
  ['SEND', versions, 'SEND', ['destination']],
  ['SUBSCRIBE', ['1.0'], 'SUBSCRIBE', ['destination']],
  ['SUBSCRIBE id Header', ['1.1', '1.2'], 'SUBSCRIBE', ['destination', 'id']],
  ['UNSUBSCRIBE', ['1.1', '1.2'], 'UNSUBSCRIBE', ['id']],
  ['ACK', ['1.0'], 'ACK', ['message-id']],
  ['ACK', ['1.1'], 'ACK', ['message-id', 'subscription']],
  ['ACK', ['1.2'], 'ACK', ['id']],
  ['NACK', ['1.1'], 'NACK', ['message-id', 'subscription']],
  ['NACK', ['1.2'], 'NACK', ['id']],
  ['BEGIN', versions, 'BEGIN', ['transaction']],
  ['COMMIT', versions, 'COMMIT', ['transaction']],
  ['ABORT', versions, 'ABORT', ['transaction']],
  ['DISCONNECT', versions, 'DISCONNECT', []],
  ['CONNECT or STOMP Frame', versions, 'CONNECT', []],
  ['CONNECT or STOMP Frame', versions, 'STOMP', []],
];

describe('checkFrame', () => {
  for (const [paragraph, known, command, names] of rows) {
    for (const version of known) {
      it(`STOMP ${version} "${paragraph}": ${command} needs ${names.join(' and ') || 'no header'}`, () => {
        const headers = Object.fromEntries(names.map((name) => [name, 'x']));
        check(version, command, headers);
        for (const name of names) {
          const { [name]: _, ...others } = headers;
          refused(`needs the header ${name} in STOMP ${version}`, version, command, others);
        }
      });
    }
  }

  it('STOMP 1.0 "UNSUBSCRIBE": either a destination or an id', () => {
    check('1.0', 'UNSUBSCRIBE', { id: '1' });
    check('1.0', 'UNSUBSCRIBE', { destination: '/queue/a' });
    refused('needs the header id or destination', '1.0', 'UNSUBSCRIBE');
  });

  it('STOMP 1.0 "Client Commands": has no NACK', () => {
    refused('STOMP 1.0 has no client command "NACK"', '1.0', 'NACK', { 'message-id': '1' });
  });

  it('STOMP 1.2 "Client Frames": other commands are refused, those of servers too', () => {
    for (const command of ['MESSAGE', 'send', 'HELLO', 'constructor', '__proto__', 'toString', ' SEND', '']) {
      refused(`has no client command ${JSON.stringify(command)}`, '1.2', command, { destination: '/queue/a' });
    }
  });

  it('STOMP 1.2 "SUBSCRIBE ack Header": auto, client or client-individual', () => {
    for (const version of versions) {
      for (const ack of ['auto', 'client', 'client-individual']) {
        check(version, 'SUBSCRIBE', { destination: '/queue/a', id: '1', ack });
      }
      refused('takes no "Client" as ack', version, 'SUBSCRIBE', { destination: '/queue/a', id: '1', ack: 'Client' });
    }
  });

  for (const version of ['1.1', '1.2'] as const) {
    it(`STOMP ${version} "Body": of the client's frames only SEND may have one`, () => {
      for (const command of Object.keys(clientCommands)) {
        const headers = { id: '1', destination: '/a', transaction: 't', 'message-id': 'm', subscription: 's' };
        check(version, command, headers);
        if (command === 'SEND') check(version, command, headers, 'body');
        else refused(`${command} must not have a body`, version, command, headers, 'body');
      }
    });
  }

  it('STOMP 1.0 "SUBSCRIBE": its body is ignored', () => {
    check('1.0', 'SUBSCRIBE', { destination: '/queue/a' }, 'body');
  });

  it('STOMP 1.2 "ERROR": the receipt goes with the error, but CONNECT has none', () => {
    expect(() => check('1.2', 'SEND', { receipt: '7' }))
      .to.throw(StompError)
      .with.property('receipt', '7');
    expect(() => check('1.2', 'CONNECT', { receipt: '7' }, 'body'))
      .to.throw(StompError)
      .with.property('receipt', undefined);
  });

  it('STOMP 1.2 "BEGIN": SEND, ACK and NACK may be part of a transaction', () => {
    const names = Object.entries(clientCommands).flatMap(([name, row]) => (row.transaction ? [name] : []));
    expect(names).to.deep.equal(['SEND', 'ACK', 'NACK']);
  });
});
