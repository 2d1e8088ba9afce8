import { expect } from 'chai';
import { sendDestinations, subscribeDestinations } from '../contract/destinations.ts';
import { codes } from '../contract/errors.ts';
import { asyncApiDocument } from './async-api.ts';

interface Document {
  readonly channels: Record<string, { address: string; messages: { body: { payload: unknown } } }>;
  readonly operations: Record<string, { action: string; channel: { $ref: string } }>;
  readonly components: { schemas: Record<string, unknown> };
  readonly servers: { parley: { host: string; protocol: string } };
  readonly info: { description: string };
}

describe('the AsyncAPI document', () => {
  const document = asyncApiDocument('1.2.3', 'https://chat.example') as unknown as Document;

  it('has a channel and an operation for every destination of the tables', () => {
    const addresses = Object.values(document.channels).map(({ address }) => address);
    expect(addresses).to.have.members([...Object.keys(sendDestinations), ...Object.keys(subscribeDestinations)]);
    const operations = Object.values(document.operations);
    expect(operations.map(({ channel }) => channel.$ref)).to.have.members(
      Object.keys(document.channels).map((name) => `#/channels/${name}`),
    );
    for (const { action, channel } of operations) {
      const { address } = document.channels[channel.$ref.split('/')[2] as string] ?? {};
      expect(action).to.equal(address?.startsWith('/app/') ? 'receive' : 'send');
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
});
