// Every setting: its variable, its default, what it means. The only reader of process.env; README's table is
// made from this one (server/config.test.ts).
import path from 'node:path';
import { OperatorError } from './errors.ts';
import type { Rate } from './lib/token-bucket.ts';

export const roleNames = ['gateway', 'auth', 'upms', 'chat', 'worker', 'monitor', 'codegen'] as const;
export type RoleName = (typeof roleNames)[number];

interface Setting<T> {
  readonly fallback: string;
  readonly meaning: string;
  readonly parse: (text: string) => T;
}
const setting = <T>(fallback: string, meaning: string, parse: (text: string) => T): Setting<T> => ({
  fallback,
  meaning,
  parse,
});

class Unusable extends Error {}

const text = (value: string) => value;
const list = (value: string) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
const flag = (value: string) => {
  if (!/^(0|1|true|false)$/.test(value)) throw new Unusable('needs 0 or 1');
  return value === '1' || value === 'true';
};
const whole =
  (min: number, max: number) =>
  (value: string): number => {
    const number = Number(value);
    if (!Number.isInteger(number) || number < min || number > max) {
      throw new Unusable(`needs a whole number from ${min} to ${max}`);
    }
    return number;
  };
const port = whole(0, 65_535);
const count = whole(1, 1_000_000_000);
/** of one file: what the database's column holds */
const fileBytes = whole(1, 2_147_483_647);
const rate = (value: string): Rate => {
  const match = /^(\d+)\/s,(\d+)$/.exec(value);
  if (!match) throw new Unusable('needs a rate and a burst, such as 100/s,2000');
  return { perSecond: Number(match[1]), burst: Number(match[2]) };
};
const url =
  (...protocols: string[]) =>
  (value: string): string => {
    if (value === '') return value;
    const parsed = URL.canParse(value) ? new URL(value) : undefined;
    if (!parsed || !protocols.includes(parsed.protocol))
      throw new Unusable(`needs a URL with ${protocols.join(' or ')}`);
    return value.replace(/\/$/, '');
  };
const amqpUrls = (value: string): string[] => list(value).map(url('amqp:', 'amqps:'));
const stompUrls = (value: string): string[] => list(value).map(url('stomp:', 'stomps:'));
const endpoints = (value: string): string[] => {
  const parts = list(value);
  if (!parts.every((part) => /^([\d.]+|\[[\da-f:]+\]):\d+$/.test(part)))
    throw new Unusable('needs addresses with ports, such as 127.0.0.1:8080');
  return parts;
};
const roles = (value: string): RoleName[] => {
  if (value === 'all') return [...roleNames];
  const names = list(value);
  const unknown = names.find((name) => !roleNames.includes(name as RoleName));
  if (unknown !== undefined || names.length === 0) throw new Unusable(`needs "all" or some of ${roleNames.join(',')}`);
  return names as RoleName[];
};

export const settings = {
  ROLES: setting('all', 'comma list of `gateway,auth,upms,chat,worker,monitor,codegen` to run in this process', roles),
  PORT: setting('9999', "the gateway's port", port),
  HOST: setting('127.0.0.1', 'where the gateway listens', text),
  PUBLIC_URL: setting('', "the issuer's and the links' base; empty: `http://localhost:PORT`", url('http:', 'https:')),
  ALLOWED_ORIGINS: setting(
    '',
    'comma list of further origins whose pages may open `/stomp` and call the API; that of `PUBLIC_URL` and, while `HOST` is a loopback address, the local ones always may',
    list,
  ),
  TRUST_PROXY: setting(
    '0',
    'how many reverse proxies in front may say who the client is (`X-Forwarded-For`)',
    whole(0, 10),
  ),
  NODE_ENV: setting('development', '`production`: no demo accounts, no minting, JSON logs', text),
  DEMO: setting('', 'whether an empty database gets the demo accounts; empty: 1 outside production', (value) =>
    value === '' ? undefined : flag(value),
  ),
  ADMIN_PASSWORD: setting('', 'the password of `admin`, made where there is none yet', text),
  LOG_LEVEL: setting('info', '`trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`', text),

  DATA_DIR: setting('.data', 'where state lives', (value) => path.resolve(value)),
  DATABASE_URL: setting(
    '',
    'any PostgreSQL 14 or later; empty: an embedded one under `DATA_DIR`',
    url('postgresql:', 'postgres:'),
  ),
  DATABASE_CONNECTIONS: setting('10', 'connections to PostgreSQL of one process', whole(2, 1000)),
  POSTGRES_PORT: setting('54329', 'port of the embedded PostgreSQL, on 127.0.0.1', port),
  AMQP_URL: setting(
    '',
    'any RabbitMQ 3.10 or later, comma list for a cluster; empty: a private node under `DATA_DIR`',
    amqpUrls,
  ),
  BROKER_PORT: setting('5672', 'AMQP port of the private node, on 127.0.0.1', port),
  BROKER_STOMP_PORT: setting('61613', 'STOMP port of the private node, on 127.0.0.1', port),
  BROKER_STOMP_URL: setting(
    '',
    "RabbitMQ's STOMP plugin, which serves the broker destinations, comma list for a cluster, such as `stomp://user:password@host:61613/vhost`; empty: that of the private node, or the hosts and the account of `AMQP_URL` with port 61613 (61614 for `amqps:`)",
    stompUrls,
  ),
  BROKER_DIST_PORT: setting(
    '25673',
    'Erlang distribution port of the private node, on 127.0.0.1; epmd takes the next',
    port,
  ),
  METRICS_PORT: setting('9464', 'Prometheus metrics, on 127.0.0.1; 0: none', port),
  STOP_MS: setting('10000', 'a stop waits this long for what is under way (milliseconds)', count),

  SHARDS_INBOUND: setting('2', 'queues of messages on their way to the worker; fixed for a deployment', whole(1, 1024)),
  SHARDS_MAILBOX: setting('2', 'queues of events on their way to the relays; fixed for a deployment', whole(1, 1024)),
  QUEUE_TYPE: setting(
    'classic',
    '`classic`, or `quorum` where the broker is a cluster, for the shard queues; fixed for a deployment',
    (value) => {
      if (value !== 'classic' && value !== 'quorum') throw new Unusable('needs "classic" or "quorum"');
      return value;
    },
  ),
  BATCH_MESSAGES: setting('500', 'messages in one AMQP message at most', count),
  BATCH_BYTES: setting('262144', 'bytes in one AMQP message at most (a single larger message goes alone)', count),
  INBOUND_BUFFER_BYTES: setting(
    '67108864',
    'bytes of SENDs that wait for the broker in one relay; beyond it they are refused as `busy`',
    count,
  ),
  INBOUND_QUEUE_BATCHES: setting(
    '1000',
    'AMQP messages that wait for the workers in one inbound shard; beyond it SENDs wait in the relays',
    count,
  ),
  EVENTS_BUFFER_BYTES: setting(
    '16777216',
    'bytes of events that wait for the broker in one process; beyond it a change made by REST is not told, only stored',
    count,
  ),
  WORKER_PREFETCH: setting('64', 'AMQP messages a worker holds of an inbound shard', count),
  MARKER_GATHER_MS: setting(
    '50',
    'a worker moves the markers that come within it in one statement (milliseconds)',
    count,
  ),
  WORKER_BATCH_BYTES: setting('1048576', 'bytes a worker stores in one statement at most', count),
  WORKER_TRIES: setting(
    '5',
    'how often a worker tries one message that the database refuses before it is dead-lettered',
    count,
  ),
  MAILBOX_PREFETCH: setting('256', 'AMQP messages a relay holds of a mailbox shard', count),
  LIVE_WINDOW: setting(
    '512',
    'unacknowledged events of one device on its socket; the rest waits in its device queue',
    count,
  ),
  SETTLE_MS: setting(
    '5000',
    "an event not acknowledged for so long moves from the relay's memory to the device queue (milliseconds)",
    count,
  ),
  ACK_MS: setting(
    '600000',
    'a device that acknowledges nothing for so long is closed as `too-slow`; less than the `consumer_timeout` of RabbitMQ (milliseconds)',
    count,
  ),
  NACK_LIMIT: setting('5', 'how often one event may be NACKed by a device before it is dead-lettered', count),
  DEVICE_QUEUE_DAYS: setting(
    '30',
    'a device that was not seen for so many days loses its queue and is told `missed`: history has everything',
    whole(1, 365),
  ),
  DEVICE_QUEUE_EVENTS: setting(
    '100000',
    'about so many events wait for one device; beyond it its queue goes, and it is told `missed`: history has everything',
    count,
  ),
  DEAD_LETTERS: setting('10000', 'messages the dead-letter queue keeps; beyond it the oldest go', count),
  MARKER_INTERVAL_MS: setting(
    '1000',
    'a *delivered* marker of one member and conversation leaves at most once in this time (milliseconds)',
    count,
  ),

  PRESENCE_GRACE_MS: setting(
    '10000',
    'a user whose last session ended is told to be offline after so long, unless she is back (milliseconds)',
    count,
  ),
  PRESENCE_BEAT_MS: setting(
    '5000',
    'how often a relay with people tells other relays that it lives; silent for three times as long, its people are offline (milliseconds)',
    count,
  ),
  PRESENCE_PEOPLE: setting('1000', 'people whose presence one session is told', count),
  PRESENCE_GROUP: setting('100', 'members of a group tell one another their presence up to so many', count),
  TYPING_MS: setting('6000', 'typing that is not renewed ends by itself after so long (milliseconds)', count),
  LIMIT_TYPING: setting('5/s,20', 'signs of typing per user; beyond it a refusal', rate),

  BROKER_SESSIONS: setting('1000', 'sessions that use broker destinations at one time in one relay', count),
  BROKER_SESSION_BYTES: setting(
    '4194304',
    'bytes to broker destinations that wait in one session for the broker, more than `STOMP_TRANSACTION_BYTES`; beyond it they are refused as `busy`',
    count,
  ),
  BROKER_STOMP_MS: setting(
    '15000',
    "sessions that use broker destinations are closed as `broker-away` when RabbitMQ's STOMP plugin does not answer for so long although RabbitMQ itself does (milliseconds)",
    count,
  ),
  BROKER_BUFFER_BYTES: setting('67108864', 'the same in all sessions of one relay together', count),

  STOMP_HEADERS: setting('64', 'header lines of a frame', count),
  STOMP_HEADER_BYTES: setting('16384', 'bytes of command and headers of a frame', count),
  STOMP_HEADER_LINE: setting('8192', 'characters of one header line', count),
  STOMP_BODY_BYTES: setting('262144', 'bytes of the body of a frame', count),
  STOMP_SUBSCRIPTIONS: setting('100', 'subscriptions of a session', count),
  STOMP_TRANSACTIONS: setting('10', 'open transactions of a session', count),
  STOMP_TRANSACTION_FRAMES: setting('1000', 'frames in one transaction', count),
  STOMP_TRANSACTION_BYTES: setting('2097152', 'bytes of the frames in all open transactions of a session', count),
  CONNECT_BYTES: setting('32768', 'bytes a peer may send before it is CONNECTED', count),
  CONNECT_MS: setting('10000', 'time from the WebSocket to its CONNECT (milliseconds)', count),
  HEART_BEAT_MS: setting('10000', 'the heart-beat a relay offers and asks for (milliseconds)', whole(0, 3_600_000)),
  SWEEP_MS: setting(
    '250',
    'how often a relay looks for what is due by time: heart-beats, expired tokens (milliseconds)',
    count,
  ),
  SOCKET_HIGH_WATER_BYTES: setting(
    '262144',
    'bytes that wait for one reader before its events wait in its device queue instead',
    count,
  ),
  SLOW_READER_MS: setting(
    '30000',
    'a reader that is behind by that for so long is closed as `too-slow` (milliseconds)',
    count,
  ),
  SOCKET_BUFFER_BYTES: setting(
    '1048576',
    'bytes that wait for one slow reader before it is closed as `too-slow`',
    count,
  ),
  SESSION_FRAMES: setting('1000', 'frames of one session that wait for an earlier one; reading stops meanwhile', count),
  SESSION_BYTES: setting('1048576', 'the same in bytes', count),
  WEBSOCKET_FRAGMENTS: setting('1024', 'fragments of one WebSocket message', count),
  WEBSOCKET_CHUNKS: setting('4096', 'reads from its socket that one unfinished WebSocket frame may take', count),
  WEBSOCKET_PONGS: setting('60', 'pongs that a peer that pings leaves unread before it is cut', count),
  LIMIT_SENDS: setting(
    '100/s,2000',
    'per user: rate, burst; beyond it a refusal, and after repeated offences a close',
    rate,
  ),
  LIMIT_FRAMES: setting(
    '5000/s,20000',
    'STOMP frames, heart-beats and WebSocket pings, per user; beyond it nothing more is read for a while',
    rate,
  ),
  LIMIT_SENDS_REFUSALS: setting(
    '100',
    'refusals for that, less what was taken since, before the session is closed',
    count,
  ),
  LIMIT_CONNECTS: setting('500/s,5000', "at the WebSocket's door, per client address", rate),
  LIMIT_SESSIONS_PER_ADDRESS: setting('5000', 'sessions of one client address', count),
  LIMIT_SESSIONS_PER_USER: setting('20', 'sessions of one user', count),
  LIMIT_CONNECTIONS_PER_ADDRESS: setting(
    '10000',
    'open TCP connections of one client address at the gateway, while `TRUST_PROXY` is 0',
    count,
  ),
  LIMIT_DEVICES_PER_USER: setting('50', 'devices of one user; to connect another, one must be removed', count),
  HTTP_HEADERS_MS: setting(
    '10000',
    'time from a TCP connection to the end of the headers of its first request, handshakes too (milliseconds)',
    count,
  ),
  LIMIT_REQUESTS: setting('50/s,500', 'REST requests per user', rate),
  LIMIT_INVITES: setting('1/s,60', 'links into groups that a user looks up or joins by', rate),
  LIMIT_LOGINS: setting('5/s,50', 'sign-in and sign-up tries per client address', rate),

  RETENTION_DAYS: setting(
    '0',
    'days after which messages are deleted for good; 0: they are kept for ever',
    whole(0, 36_500),
  ),
  EXPIRY_MS: setting(
    '1000',
    'how often a worker empties messages whose time is over; they are shown nowhere before, either (milliseconds)',
    count,
  ),
  SCHEDULED_MS: setting(
    '1000',
    'how often, at least, a worker looks for scheduled messages whose time has come (milliseconds)',
    count,
  ),
  SCHEDULED_DAYS: setting('365', 'messages may be scheduled for so many days ahead', whole(1, 3650)),
  SCHEDULED_PER_USER: setting('100', 'scheduled messages of one user, those that could not be sent too', count),
  EDIT_WINDOW_SECONDS: setting('900', 'how long a message may be edited; 0: never', whole(0, 1_000_000_000)),
  RECALL_WINDOW_SECONDS: setting(
    '172800',
    'how long its sender may recall a message for everyone; 0: never. Owner and admins of a group always may',
    whole(0, 1_000_000_000),
  ),
  CONTACT_REQUEST_DAYS: setting(
    '30',
    'a contact request that was not answered for so long is as if it had never been made',
    whole(1, 3650),
  ),
  PROFILE_PEOPLE: setting(
    '1000',
    'people who are told of a change of a profile: contacts first, then those of direct conversations and of groups up to `PRESENCE_GROUP`',
    count,
  ),
  PROFILE_INTERVAL_MS: setting(
    '5000',
    'a change of a profile is told at once, those that follow within this time together at its end (milliseconds)',
    count,
  ),
  GROUP_LIMIT: setting('100', 'members of a group', whole(2, 100_000)),
  MEDIA_IMAGE_BYTES: setting('26214400', 'bytes of an uploaded picture', fileBytes),
  MEDIA_AUDIO_BYTES: setting('104857600', 'bytes of an uploaded sound', fileBytes),
  MEDIA_VIDEO_BYTES: setting('1073741824', 'bytes of an uploaded film', fileBytes),
  MEDIA_FILE_BYTES: setting('1073741824', 'bytes of any other uploaded file', fileBytes),
  MEDIA_DIRECT_BYTES: setting(
    '67108864',
    'bytes of a file uploaded in one request; larger ones take the resumable way (tus)',
    fileBytes,
  ),
  MEDIA_PIXELS: setting('60000000', 'pixels of an uploaded picture, all its frames together', count),
  MEDIA_QUOTA_BYTES: setting(
    '10737418240',
    'bytes of the files of one user, unfinished uploads too',
    whole(1, Number.MAX_SAFE_INTEGER),
  ),
  MEDIA_UPLOADS_PER_USER: setting('20', 'uploads of one user at one time, and unfinished ones that wait', count),
  MEDIA_UPLOAD_HOURS: setting('24', 'an unfinished upload may be resumed for so long', count),
  MEDIA_ORPHAN_HOURS: setting('24', 'an uploaded file that nothing shows is deleted after so long', count),
  MEDIA_URL_SECONDS: setting('900', 'life of a signed URL of a file, from half of it on', whole(2, 86_400)),
  MEDIA_S3_URL: setting(
    '',
    'a bucket of an S3-compatible service that keeps the files, such as `https://s3.example.org/parley`; empty: a folder under `DATA_DIR`',
    url('http:', 'https:'),
  ),
  MEDIA_S3_REGION: setting('us-east-1', 'its region', text),
  MEDIA_S3_ACCESS_KEY: setting('', 'its access key', text),
  MEDIA_S3_SECRET_KEY: setting('', 'its secret key', text),
  MEDIA_SCAN: setting(
    '',
    'what scans every upload before it is kept: a command, which gets the path of the file as its last argument and ends with 0 (clean) or 1 (refused); or an `http:` or `https:` URL, which the file is POSTed to and which answers 2xx (clean) or 403, 406 or 422 (refused). No answer is a refusal. Empty: none',
    text,
  ),
  MEDIA_SCAN_MS: setting('60000', 'a scan may take so long (milliseconds)', count),
  MEDIA_FFMPEG: setting(
    '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
    'folders to look for `ffmpeg` and `ffprobe`, which give films their posters and sounds their waveforms; `0`: not used',
    text,
  ),
  MEDIA_TOOL_MS: setting('30000', 'they may work on one file for so long (milliseconds)', count),
  LINK_PREVIEWS: setting('1', 'whether the server looks at pages that people link to, to show what they are', flag),
  LINK_PREVIEW_ALLOW: setting(
    '',
    'comma list of `address:port` that previews may be made of though they are not public, for tests; not in production',
    endpoints,
  ),
  LINK_PREVIEW_MS: setting('8000', 'looking at a page may take so long, redirects included (milliseconds)', count),
  LINK_PREVIEW_BYTES: setting('524288', 'bytes of a page that are read while its head goes on', count),
  LINK_PREVIEW_HOURS: setting('24', 'what was found is shown for so long before the page is looked at again', count),
  LINK_PREVIEWS_KEPT: setting('100000', 'pages of which that is kept; beyond it the oldest go', count),
  LIMIT_LINK_PREVIEWS: setting('1/s,30', 'previews that a user asks for', rate),
  ACCESS_TOKEN_SECONDS: setting('900', 'life of an access token', whole(30, 86_400)),
  REVOCATIONS_MS: setting(
    '1000',
    'how often a process reads which logins have ended, should the broker not have told it (milliseconds)',
    count,
  ),
  REFRESH_TOKEN_DAYS: setting('30', 'life of a refresh token and of a login session', whole(1, 365)),
  LOGIN_FAILURES: setting('10', 'wrong passwords in a row after which a user cannot sign in for a while', count),
  LOGIN_LOCK_SECONDS: setting('300', 'how long that while is', count),
} as const satisfies Record<string, Setting<unknown>>;

type Values = { readonly [Name in keyof typeof settings]: ReturnType<(typeof settings)[Name]['parse']> };
export type Config = Omit<Values, 'DEMO'> & { readonly DEMO: boolean };

/** Reads every setting; an unusable one is an OperatorError that names it. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const values: Record<string, unknown> = {};
  for (const [name, { fallback, parse }] of Object.entries(settings)) {
    const given = env[name]?.trim() || fallback;
    try {
      values[name] = parse(given);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      throw new OperatorError(`The variable ${name} is "${given}", but it ${error.message}.`);
    }
  }
  const read = values as Values;
  if (read.NODE_ENV === 'production' && read.LINK_PREVIEW_ALLOW.length > 0) {
    throw new OperatorError('The variable LINK_PREVIEW_ALLOW is for tests: in production it must be empty.');
  }
  return {
    ...read,
    PUBLIC_URL: read.PUBLIC_URL || `http://localhost:${read.PORT}`,
    DEMO: (read.DEMO ?? true) && read.NODE_ENV !== 'production',
  };
}

/** The configuration of this process. */
export const configOfProcess = (): Config => readConfig(process.env);
