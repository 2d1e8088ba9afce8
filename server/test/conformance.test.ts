// STOMP 1.0, 1.1 and 1.2, clause by clause: what binds a server, shown over WebSocket with frames made by hand. The
// tables are in conformance/; framing in depth is stomp/*.test.ts's, our own rules are connect.test.ts's and
// relay.test.ts's, and RabbitMQ's semantics are broker-destinations.test.ts's.
import { expect } from 'chai';
import type { Version } from '../stomp/frame.ts';
import { all } from './conformance/clause.ts';
import { clientFrames } from './conformance/client-frames.ts';
import { connecting } from './conformance/connecting.ts';
import { elsewhere } from './conformance/elsewhere.ts';
import { frames } from './conformance/frames.ts';
import { serverFrames } from './conformance/server-frames.ts';
import { Stage } from './conformance/stage.ts';

const clauses = [...frames, ...connecting, ...clientFrames, ...serverFrames];

/** Paragraphs with a MUST, SHALL or REQUIRED; of 1.0, which has no such words, those that say what a server will do. */
const binding: Record<Version, readonly string[]> = {
  '1.0': [
    'SEND',
    'SUBSCRIBE',
    'UNSUBSCRIBE',
    'BEGIN',
    'COMMIT',
    'ACK',
    'ABORT',
    'Receipt',
    'MESSAGE',
    'RECEIPT',
    'ERROR',
  ],
  '1.1': [
    'Value Encoding',
    'Connecting',
    'CONNECT or STOMP Frame',
    'CONNECTED Frame',
    'Protocol Negotiation',
    'SEND',
    'SUBSCRIBE',
    'SUBSCRIBE id Header',
    'SUBSCRIBE ack Header',
    'UNSUBSCRIBE',
    'ACK',
    'NACK',
    'BEGIN',
    'COMMIT',
    'ABORT',
    'DISCONNECT',
    'Header content-length',
    'Header content-type',
    'Heart-beating',
  ],
  '1.2': [
    'Value Encoding',
    'Body',
    'Header content-length',
    'Header content-type',
    'Connection Lingering',
    'CONNECT or STOMP Frame',
    'CONNECTED Frame',
    'Protocol Negotiation',
    'Heart-beating',
    'SEND',
    'SUBSCRIBE',
    'SUBSCRIBE id Header',
    'SUBSCRIBE ack Header',
    'UNSUBSCRIBE',
    'ACK',
    'NACK',
    'BEGIN',
    'COMMIT',
    'ABORT',
    'DISCONNECT',
    'MESSAGE',
    'RECEIPT',
    'ERROR',
  ],
};

describe('STOMP', () => {
  let stage: Stage;

  before(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.clear());
  after(() => stage.close());

  for (const version of all) {
    for (const { paragraph, versions, says, shows } of clauses) {
      if (versions.includes(version)) it(`${version} / ${paragraph}: ${says}`, () => shows(stage, version));
    }
  }

  it('has no other paragraph that binds a server, but for what cannot be shown, and why', () => {
    for (const version of all) {
      const shown = clauses.filter(({ versions }) => versions.includes(version)).map(({ paragraph }) => paragraph);
      const named = elsewhere.filter(({ versions }) => versions.includes(version)).map(({ paragraph }) => paragraph);
      expect(binding[version].filter((paragraph) => !shown.includes(paragraph))).to.deep.equal([], version);
      expect(named.filter((paragraph) => !binding[version].includes(paragraph))).to.deep.equal([], version);
    }
    for (const { says, why } of elsewhere) expect(why, says).to.match(/\w+ \w+/);
  });
});
