// Where broker destinations behave otherwise through `/stomp` than on RabbitMQ's own STOMP port: README's table, and
// what broker-destinations.test.ts expects to see on both sides. Whatever is not listed here is the same.

export interface Difference {
  readonly what: string;
  readonly rabbitmq: string;
  readonly parley: string;
  readonly why: string;
  /** Behaviour → observation → what is seen on RabbitMQ's port, and here. */
  readonly seen: Readonly<Record<string, Readonly<Record<string, readonly [rabbitmq: unknown, parley: unknown]>>>>;
  /** What is ours alone: the test that shows it, file and title. */
  readonly shownBy?: readonly [file: string, title: string];
}

const STILL_OPEN = 'ERROR, still open';
const CLOSED = 'ERROR, closed';

export const differences: readonly Difference[] = [
  {
    what: 'a frame with a mistake of its own: no such destination, a header that is no number',
    rabbitmq: 'ERROR without `receipt-id`; the connection stays open or not, which depends on the mistake',
    parley:
      'SEND: a refusal with a code, the session goes on. Everything else: ERROR with `receipt-id` and `code`, then close',
    why: 'STOMP wants the close; a wrong SEND harms nobody else',
    seen: {
      mistakes: {
        'SEND to a destination with too many parts': [STILL_OPEN, 'destination-invalid'],
        'SEND to a destination without a name': [STILL_OPEN, 'destination-invalid'],
        'SEND to a /temp-queue': [STILL_OPEN, 'destination-invalid'],
        'SEND with a reply-to that is no destination': [STILL_OPEN, 'destination-invalid'],
        'SEND with a priority that is no number': [STILL_OPEN, 'header-invalid'],
        'SEND with an expiration that is no number': [CLOSED, 'header-invalid'],
        'SEND in a transaction that is not there': [STILL_OPEN, CLOSED],
        'SUBSCRIBE to a /temp-queue': [STILL_OPEN, CLOSED],
        'SUBSCRIBE with a prefetch-count that is no number': [STILL_OPEN, CLOSED],
        'SUBSCRIBE with an id like a /temp-queue': [STILL_OPEN, CLOSED],
        'UNSUBSCRIBE of what is not there': [STILL_OPEN, CLOSED],
        'ACK of what is not there': [STILL_OPEN, CLOSED],
        'COMMIT of what is not there': [STILL_OPEN, CLOSED],
      },
    },
  },
  {
    what: 'who sent it',
    rabbitmq: 'not told; `user-id` of another account ends the connection',
    parley: '`x-parley-user` in every MESSAGE, from the token; `user-id` does not pass',
    why: 'nothing forged; all sessions share one account at RabbitMQ',
    seen: {
      'message: its headers': { others: [[], ['x-parley-user']] },
      'message: headers that are not for passing on': { 'x-parley-user is what was said': [true, false] },
      mistakes: { 'SEND with the user-id of another': [CLOSED, 'RECEIPT'] },
    },
  },
  {
    what: 'headers of a SEND in its MESSAGE',
    rabbitmq: 'all of them, `receipt` and `login` too; `message-id` is an ERROR',
    parley:
      "the message's properties and the application's own (letters, digits, `-`, `_`, `.`; not `x-…`); what has a meaning in STOMP or AMQP is left out",
    why: 'a header must not pass for one of the server',
    seen: {
      'message: headers that are not for passing on': {
        passed: [
          ['receipt', 'selector', 'x-parley-user', 'x-custom', 'login', 'id', 'host'],
          ['selector', 'x-parley-user'],
        ],
      },
      mistakes: { 'SEND with message-id': [STILL_OPEN, 'RECEIPT'] },
    },
  },
  {
    what: 'durable subscription, `durable:true` alone',
    rabbitmq: 'its queue goes with the session, unless `auto-delete:false` is said too',
    parley: 'lasts: `auto-delete:false` is the default',
    why: 'nobody means anything else by durable',
    seen: {
      'durable subscription: durable:true alone': {
        seen: [
          ['RECEIPT', 'RECEIPT', 'now', 'end'],
          ['RECEIPT', 'RECEIPT', 'meanwhile', 'now', 'end'],
        ],
      },
    },
  },
  {
    what: 'durable subscription, the same `id` and topic',
    rabbitmq: 'one queue for all who say so, whoever they are, for ever',
    parley: "one queue for each user's sessions; unused for `DEVICE_QUEUE_DAYS` it goes (`x-expires` says otherwise)",
    why: "nobody takes another's messages, no queues are left over",
    seen: {},
    shownBy: [
      'server/test/broker-access.test.ts',
      "keep one user's durable subscription from another's, whatever its id",
    ],
  },
  {
    what: '`receipt` of an ACK or NACK in a transaction',
    rabbitmq: 'at once',
    parley: 'with COMMIT, as that of a SEND',
    why: 'it is not processed before',
    seen: { 'transaction: receipts of what is in it': { before: [['ack'], []] } },
  },
  {
    what: '`receipt` of COMMIT',
    rabbitmq: 'when the frames were handed on',
    parley: 'when every SEND of it is confirmed, and frames to `/app` in it too',
    why: 'a receipt is the confirm',
    seen: {},
    shownBy: ['server/test/broker-access.test.ts', 'a transaction over both is done with COMMIT, and not before'],
  },
  {
    what: 'a frame of a transaction that is not permitted, or wrong',
    rabbitmq: 'ERROR when it is sent, or with COMMIT, which has done what stood before it',
    parley:
      'with COMMIT: a refusal of it and of every frame in it, those to `/app` too; nothing was done. What only RabbitMQ can know, such as an exchange that is not there, ends the session as with RabbitMQ',
    why: 'all or nothing, as far as it can be known before',
    seen: {},
    shownBy: ['server/test/transaction.test.ts', 'in it sends and acknowledges nothing'],
  },
  {
    what: 'ACK or NACK a second time',
    rabbitmq: 'ERROR without `receipt-id`, then close',
    parley:
      'of a message from the broker the same, with `receipt-id`; of an event (`/user/queue/events`) that the session has seen it is accepted and does nothing',
    why: 'harmless, and an event may have come again meanwhile',
    seen: {},
    shownBy: ['server/test/relay.test.ts', 'and an ACK that comes late or twice does no more'],
  },
  {
    what: '`subscription` of an ACK or NACK in STOMP 1.1',
    rabbitmq: 'not looked at',
    parley: "must be that of the message's subscription, else ERROR, then close",
    why: 'STOMP 1.1 demands it',
    seen: {},
    shownBy: ['server/test/conformance/client-frames.ts', "subscription MUST match the subscription's id"],
  },
  {
    what: 'the connection to the broker is lost, or the broker restarts',
    rabbitmq: "the client is thrown out; what has no RECEIPT yet is anyone's guess",
    parley:
      'the session stays: SENDs without an answer are sent again (so one may arrive twice), subscriptions are made again, `broker-back` comes on `/user/queue/refusals`; an ACK of before is refused as `broker-lost`, and its message comes again',
    why: 'never a silent drop',
    seen: {},
    shownBy: [
      'server/test/broker-leg-away.test.ts',
      'SENDs wait, subscriptions stand again, what was not acknowledged comes again, and it is said',
    ],
  },
  {
    what: 'message ids',
    rabbitmq: '`T_ID@@SESSION@@N`',
    parley: '`b-…`: opaque, unique in the session beside those of events',
    why: "a subscription's id may hold anything",
    seen: {},
    shownBy: ['server/test/broker-access.test.ts', 'receipts and acknowledgements do not care which leg they are of'],
  },
  {
    what: 'names',
    rabbitmq: "`%` stands for itself but in `%2F`; names of RabbitMQ's and of anybody's queues",
    parley:
      "no `%` but that of `%2F`, no control characters, a `/` in front; `parley.…` and `device.…` are nobody's; otherwise what the roles grant (server/contract/permissions.ts)",
    why: 'no two readings of one name',
    seen: {},
    shownBy: ['server/contract/broker-destination.test.ts', 'a broker destination'],
  },
];
