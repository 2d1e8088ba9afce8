import { expect } from 'chai';
import { brokerDestinations, isBrokerDestination, resolveDestination } from '../contract/broker-destination.ts';
import { sendDestinations, subscribeDestinations } from '../contract/destinations.ts';
import { codes } from '../contract/errors.ts';
import { reservedHeaders } from '../contract/broker-headers.ts';
import { permissions } from '../contract/permissions.ts';
import { acknowledgeFields, sendFields, subscribeFields, unsubscribeFields } from '../relay/broker-leg/access.ts';
import { receivedHeaders } from '../relay/broker-leg/headers.ts';
import { Headers } from '../stomp/frame.ts';
import { asyncApiDocument } from './async-api.ts';

interface HeaderSchema {
  readonly properties: Record<string, { readonly examples?: readonly string[] }>;
  readonly patternProperties?: Record<string, unknown>;
}

interface Document {
  readonly channels: Record<string, { address: string; messages: { body: { payload: unknown } } }>;
  readonly operations: Record<string, { action: string; channel: { $ref: string }; 'x-permission'?: string }>;
  readonly components: { schemas: Record<string, unknown> };
  readonly servers: { parley: { host: string; protocol: string } };
  readonly info: { description: string };
}

describe('the AsyncAPI document', () => {
  const document = asyncApiDocument('1.2.3', 'https://chat.example') as unknown as Document;

  it('has a channel and an operation for every destination of the tables', () => {
    const addresses = Object.values(document.channels).map(({ address }) => address);
    expect(addresses).to.have.members([
      ...Object.keys(sendDestinations),
      ...Object.keys(subscribeDestinations),
      ...brokerDestinations.map(({ address }) => address),
    ]);
    const operations = Object.values(document.operations);
    expect([...new Set(operations.map(({ channel }) => channel.$ref))]).to.have.members(
      Object.keys(document.channels).map((name) => `#/channels/${name}`),
    );
    for (const { action, channel } of operations) {
      const { address = '' } = document.channels[channel.$ref.split('/')[2] as string] ?? {};
      if (!isBrokerDestination(address)) expect(action).to.equal(address.startsWith('/app/') ? 'receive' : 'send');
    }
  });

  it('refers only to schemas it holds', () => {
    const names = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/([A-Za-z]+)/g)].map(
      ([, name]) => name,
    );
    expect(names).to.include.members(['MessageDraft', 'MessageEvent', 'Refusal']);
    for (const name of names) expect(document.components.schemas).to.have.property(name as string);
  });

  it('speaks of the public address, and of every close code', () => {
    expect(document.servers.parley).to.include({ host: 'chat.example', protocol: 'wss' });
    for (const [code, { close }] of Object.entries(codes)) {
      if (close !== undefined) expect(document.info.description).to.contain(`| \`${code}\` | ${close} |`);
    }
  });

  describe("of RabbitMQ's destinations", () => {
    const asking = { userId: 'u', held: new Set(['*']) };
    const schema = (name: string) => document.components.schemas[name] as HeaderSchema;
    /** Every header that is named anywhere, with a value it takes. */
    const known = new Map([...reservedHeaders].map((name) => [name, 'x']));
    for (const one of Object.values(document.components.schemas) as Partial<HeaderSchema>[]) {
      for (const [name, { examples }] of Object.entries(one.properties ?? {})) {
        if (examples?.[0] !== undefined) known.set(name, examples[0]);
      }
    }
    /** All of them, but for the destination. */
    const all = (destination: string) => Headers.from({ ...Object.fromEntries(known), destination, ack: 'auto' });
    const sample = (address: string) => address.replaceAll(/[{}]/g, '');
    const accepted = (run: () => unknown): boolean => {
      try {
        run();
        return true;
      } catch {
        return false;
      }
    };

    for (const { address, send, subscribe, declares } of brokerDestinations) {
      it(`what is said of ${address} is so`, () => {
        const destination = sample(address);
        expect(isBrokerDestination(destination)).to.equal(true);
        expect(resolveDestination(destination).wire).to.equal(destination);
        const sent = () => sendFields(all(destination), asking, (name) => name);
        const subscribed = () => subscribeFields(all(destination), asking, 1).fields;
        expect([accepted(sent), accepted(subscribed)]).to.deep.equal([send, subscribe]);
        const named = schema(declares ? 'DeclaringSendHeaders' : 'SendHeaders').properties;
        if (send) {
          expect(Object.keys(sent())).to.have.members([...Object.keys(named), 'destination', 'x-parley-user']);
        }
        if (subscribe) {
          const { properties } = schema('SubscribeHeaders');
          expect(Object.keys(subscribed())).to.have.members([...Object.keys(properties), 'destination', 'ack']);
        }
        const operations = Object.values(document.operations)
          .filter(({ channel }) => document.channels[channel.$ref.split('/')[2] as string]?.address === address)
          .map((operation) => operation['x-permission']);
        expect(operations).to.deep.equal([...(send ? ['stomp:send:PATTERN'] : []), 'stomp:subscribe:PATTERN']);
        expect(permissions.map(({ name }) => name)).to.include.members(operations);
      });
    }

    it('what passes of UNSUBSCRIBE, ACK, NACK and to a client is what is said', () => {
      const headers = all('/queue/name');
      const names = (name: string) => Object.keys(schema(name).properties);
      expect(Object.keys(unsubscribeFields(headers, {}))).to.have.members(names('UnsubscribeHeaders'));
      expect(Object.keys(acknowledgeFields(headers))).to.have.members(names('AcknowledgeHeaders'));
      const received = Object.fromEntries(names('MessageHeaders').map((name) => [name, 'x']));
      const passed = receivedHeaders(Headers.from({ ...Object.fromEntries(known), ...received }));
      expect(Object.keys(passed)).to.have.members(Object.keys(received));
    });

    it("what is said of an application's own headers is so", () => {
      const names = [
        'colour',
        'Some-Name_2.x',
        '__TypeId__',
        '_',
        'x',
        'xy',
        'x-y',
        'X-Y',
        'a b',
        'é',
        '1a',
        'a'.repeat(128),
      ];
      for (const name of ['SendHeaders', 'DeclaringSendHeaders', 'MessageHeaders']) {
        const [pattern = ''] = Object.keys(schema(name).patternProperties ?? {});
        const said = names.filter((one) => new RegExp(pattern).test(one));
        expect(said).to.deep.equal(['colour', 'Some-Name_2.x', '__TypeId__', '_', 'x', 'xy']);
        const headers = Headers.from({
          ...Object.fromEntries(names.map((one) => [one, '1'])),
          destination: '/queue/a',
        });
        const passed = name === 'MessageHeaders' ? receivedHeaders(headers) : sendFields(headers, asking, (one) => one);
        expect(names.filter((one) => one in passed)).to.deep.equal(said);
      }
    });
  });
});
