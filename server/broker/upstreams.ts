// The STOMP sessions to RabbitMQ of all client sessions here: bounded in number and in what they hold together.
import type { Config } from '../config.ts';
import { ParleyError } from '../errors.ts';
import type { Log } from '../log.ts';
import { metrics } from '../metrics.ts';
import { stompAddresses } from './stomp-address.ts';
import { Upstream, type UpstreamEvents, type UpstreamRooms } from './upstream.ts';

/** What RabbitMQ adds to the headers a client may send. */
const HEADERS_FACTOR = 4;

export class Upstreams {
  readonly #rooms: UpstreamRooms;
  readonly #most: number;
  readonly #open = new Set<Upstream>();
  #bytes = 0;

  constructor(config: Config, log: Log, isBrokerUp: () => boolean) {
    const { BROKER_BUFFER_BYTES, BROKER_SESSION_BYTES, BROKER_SESSIONS, SOCKET_BUFFER_BYTES } = config;
    this.#most = BROKER_SESSIONS;
    this.#rooms = {
      addresses: stompAddresses(config),
      limits: {
        headers: HEADERS_FACTOR * config.STOMP_HEADERS,
        headerBytes: HEADERS_FACTOR * config.STOMP_HEADER_BYTES,
        // a larger one would have its reader cut as too slow
        bodyBytes: Math.floor(SOCKET_BUFFER_BYTES / 2),
      },
      log,
      maxBytes: BROKER_SESSION_BYTES,
      isBrokerUp,
      giveUpMs: config.BROKER_STOMP_MS,
      reserve: (bytes) => {
        if (bytes > 0 && this.#bytes + bytes > BROKER_BUFFER_BYTES) return false;
        this.#bytes += bytes;
        return true;
      },
    };
  }

  /** One for a client session; it connects by itself. Error: `busy`. */
  open(events: UpstreamEvents): Upstream {
    if (this.#open.size >= this.#most) {
      throw new ParleyError('busy', `${this.#most} sessions use broker destinations already, which is the most.`);
    }
    const upstream = new Upstream(this.#rooms, events, () => {
      this.#open.delete(upstream);
      metrics.brokerSessions.set(this.#open.size);
    });
    this.#open.add(upstream);
    metrics.brokerSessions.set(this.#open.size);
    return upstream;
  }

  /** Ends them; what is not confirmed has a little time. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((upstream) => upstream.close()));
  }
}
