// The door to RabbitMQ: two connections (an alarm that stops publishing must not stop consuming), and what the
// other rooms may do with them. Nobody else imports amqplib or stompit.
import type { Config } from '../config.ts';
import type { Event } from '../contract/events.ts';
import { OperatorError, ParleyError } from '../errors.ts';
import { newId } from '../lib/id.ts';
import type { Log } from '../log.ts';
import { Changes } from './changes.ts';
import { Connection } from './connection.ts';
import { type Consumer, type ConsumerOptions, consume } from './consumer.ts';
import { DeviceQueues } from './device-queues.ts';
import { Inbound } from './inbound.ts';
import { Live } from './live.ts';
import { Mailboxes } from './mailboxes.ts';
import { Publisher } from './publisher.ts';
import { DEAD_QUEUE, declareTopology } from './topology.ts';
import { Upstreams } from './upstreams.ts';
import { eventJson } from './wire.ts';

export interface Broker {
  /** True while both connections stand. */
  readonly up: boolean;
  readonly inbound: Inbound;
  readonly mailboxes: Mailboxes;
  readonly deviceQueues: DeviceQueues;
  readonly changes: Changes;
  /** What is of the moment only. */
  readonly live: Live;
  /** STOMP sessions to RabbitMQ, for the broker destinations. */
  readonly upstreams: Upstreams;
  /**
   * Events for people, from outside the message path (REST): resolves with the broker's confirm. Error: `busy`, where
   * EVENTS_BUFFER_BYTES wait already; what they tell of is in the database.
   */
  publishEvents(entries: readonly { to: readonly string[]; event: Event }[]): Promise<void>;
  /** Puts aside what cannot be processed, with the reason. */
  deadLetter(body: Buffer, reason: string): Promise<void>;
  consume(options: ConsumerOptions): Promise<Consumer>;
  close(): Promise<void>;
}

/** Connects and declares; fails with a sentence for the operator when no broker answers. */
export async function openBroker(config: Config, log: Log): Promise<Broker> {
  const publishing = new Connection('publishing', config.AMQP_URL, log);
  const consuming = new Connection('consuming', config.AMQP_URL, log);
  try {
    await publishing.keepChannel((channel) => declareTopology(channel, config));
    const publisher = await Publisher.open(publishing);
    await publishing.open();
    await consuming.open();
    const inbound = await Inbound.open(consuming, publisher, config);
    const mailboxes = new Mailboxes(publisher, config);
    const changes = await Changes.open(consuming, publisher);
    const live = await Live.open(consuming, publishing);
    const deviceQueues = await DeviceQueues.open(consuming, publisher, config);
    const isUp = () => publishing.up && consuming.up;
    const upstreams = new Upstreams(config, log, isUp);
    return {
      get up() {
        return isUp();
      },
      inbound,
      mailboxes,
      changes,
      live,
      deviceQueues,
      upstreams,
      async publishEvents(entries) {
        if (mailboxes.waitingBytes >= config.EVENTS_BUFFER_BYTES) throw new ParleyError('busy');
        await mailboxes.publish(entries.map(({ to, event }) => ({ to, key: newId(), event: eventJson(event) })));
      },
      async deadLetter(body, reason) {
        const options = { headers: { 'x-parley-reason': reason.slice(0, 1000) } };
        await publisher.publish({ exchange: '', routingKey: DEAD_QUEUE, body, options });
      },
      consume: (options) => consume(consuming, options),
      async close() {
        inbound.close();
        await upstreams.close();
        await consuming.close();
        await publishing.close();
      },
    };
  } catch (error) {
    await Promise.all([publishing.close(), consuming.close()]);
    const where = config.AMQP_URL.map((url) => url.replace(/\/\/[^@]*@/, '//')).join(', ');
    throw new OperatorError(
      `RabbitMQ at ${where} cannot be used (${(error as Error).message}); the variable is AMQP_URL.`,
      {
        cause: error,
      },
    );
  }
}
