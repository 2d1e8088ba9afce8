// Where the STOMP door of a broker is, from what an operator configured.
import { expect } from 'chai';
import { readConfig } from '../config.ts';
import { stompAddresses, stompUrlOf } from './stomp-address.ts';

const addresses = (env: Record<string, string>) => stompAddresses(readConfig(env));

describe("the address of RabbitMQ's STOMP port", () => {
  it('is beside that of AMQP where none is configured: host, account and virtual host', () => {
    const [first, second] = addresses({ AMQP_URL: 'amqp://u:p%40ss@one/shop,amqps://[::1]:5671' });
    expect(first).to.deep.equal({
      host: 'one',
      port: 61613,
      tls: false,
      login: 'u',
      passcode: 'p@ss',
      vhost: 'shop',
    });
    expect(second).to.deep.equal({
      host: '::1',
      port: 61614,
      tls: true,
      login: 'guest',
      passcode: 'guest',
      vhost: '/',
    });
  });

  it('is the configured one where there is one', () => {
    const env = { AMQP_URL: 'amqp://one', BROKER_STOMP_URL: 'stomp://a:b@two:7000,stomps://three/%2Fx' };
    expect(addresses(env).map(({ host, port, vhost }) => [host, port, vhost])).to.deep.equal([
      ['two', 7000, '/'],
      ['three', 61614, '/x'],
    ]);
  });

  it('of the private node has its own port', () => {
    expect(stompUrlOf('amqp://parley:secret@127.0.0.1:5672', 61700)).to.equal('stomp://parley:secret@127.0.0.1:61700');
  });
});
