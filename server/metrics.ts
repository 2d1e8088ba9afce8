// What Prometheus may ask of this process: every metric, in one place. Served on METRICS_PORT, loopback only.
import http from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client';

export const metrics = {
  sessions: new Gauge({ name: 'parley_sessions', help: 'STOMP sessions that are connected' }),
  brokerSessions: new Gauge({ name: 'parley_broker_sessions', help: 'sessions that use broker destinations' }),
  frames: perValue(new Counter({ name: 'parley_frames_total', help: 'client frames', labelNames: ['command'] })),
  receipted: new Counter({ name: 'parley_messages_receipted_total', help: 'messages the broker confirmed' }),
  refusals: new Counter({ name: 'parley_refusals_total', help: 'refusals sent', labelNames: ['code'] }),
  closes: new Counter({ name: 'parley_closes_total', help: 'sessions ended by the server', labelNames: ['code'] }),
  stored: new Counter({ name: 'parley_messages_stored_total', help: 'messages stored' }),
  repeats: new Counter({ name: 'parley_messages_repeated_total', help: 'messages that were stored already' }),
  storeBatch: new Histogram({
    name: 'parley_store_batch_messages',
    help: 'messages stored in one statement',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000],
  }),
  delivered: new Counter({ name: 'parley_events_pushed_total', help: 'events written to sockets' }),
  parked: new Counter({ name: 'parley_events_parked_total', help: 'events put into device queues' }),
  queuesGivenUp: new Counter({
    name: 'parley_device_queues_given_up_total',
    help: 'device queues that were full, unused for too long, or gone',
  }),
  deadLetters: new Counter({
    name: 'parley_dead_letters_total',
    help: 'messages nobody can process',
    labelNames: ['from'],
  }),
};

/** A counter of one label that is counted too often to look its values up each time, as `inc` does. */
function perValue<Label extends string>(counter: Counter<Label>): (value: string) => void {
  const children = new Map<string, Counter.Internal>();
  return (value) => {
    let child = children.get(value);
    if (!child) children.set(value, (child = counter.labels(value)));
    child.inc();
  };
}

/** Listens on 127.0.0.1; the returned function ends it. */
export async function serveMetrics(port: number): Promise<() => Promise<void>> {
  collectDefaultMetrics();
  const server = http.createServer((_request, response) => {
    register.metrics().then(
      (text) => response.setHeader('content-type', register.contentType).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  return () => new Promise((resolve) => server.close(() => resolve()));
}
