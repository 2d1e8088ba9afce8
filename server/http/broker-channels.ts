// RabbitMQ's destinations in the AsyncAPI document, from the tables that the relay goes by (contract/broker-*.ts): which
// there are, who may use them, which headers pass. Bodies are the applications' own.
import { brokerDestinations } from '../contract/broker-destination.ts';
import {
  acknowledgeHeaders,
  APPLICATION_HEADER,
  type HeaderRule,
  type HeaderTable,
  messageProperties,
  queueArguments,
  queueNames,
  receivedNames,
  reservedHeaders,
  sendNames,
  subscribeHeaders,
  subscribeNames,
  unsubscribeHeaders,
} from '../contract/broker-headers.ts';
import { channelName, operationName } from './async-api-names.ts';
import type { Schema, Schemas } from './json-schema.ts';

type Destination = (typeof brokerDestinations)[number];

const PARAMETERS: Readonly<Record<string, string>> = {
  name: 'at most 255 octets; "/" is written %2F, other "%" and control characters are refused',
  exchange: 'the name of an exchange; "/" is written %2F',
  key: 'a routing key, or where one subscribes, a binding key; "/" is written %2F',
};

const OWN = `An application's own: not x-…, and no word with a meaning in STOMP, AMQP or here (${[...reservedHeaders].toSorted().join(', ')}).`;

const schemaOfRule = ({ needs, text, example, enum: values, pattern }: HeaderRule): Schema => ({
  type: 'string',
  description: text === undefined ? needs : `${needs}: ${text}`,
  examples: [example],
  ...(values ? { enum: values } : {}),
  ...(pattern === undefined ? {} : { pattern }),
});

const schemaOfTable = (description: string, table: HeaderTable): Schema => ({
  type: 'object',
  description,
  properties: Object.fromEntries(Object.entries(table).map(([name, rule]) => [name, schemaOfRule(rule)])),
});

const withOwn = (schema: Schema): Schema => ({
  ...schema,
  patternProperties: { [APPLICATION_HEADER.source]: { type: 'string', description: OWN } },
});

const headerSchemas: Schemas = {
  SendHeaders: withOwn(
    schemaOfTable('What passes of a SEND, besides destination, receipt and transaction. Everything else is left out.', {
      ...messageProperties,
      ...sendNames,
    }),
  ),
  DeclaringSendHeaders: withOwn(
    schemaOfTable('What passes of a SEND that makes its queue where there is none. Everything else is left out.', {
      ...messageProperties,
      ...sendNames,
      ...queueArguments,
      ...queueNames,
    }),
  ),
  SubscribeHeaders: schemaOfTable(
    'What passes of a SUBSCRIBE, besides destination, id, ack and receipt. Everything else is left out.',
    { ...subscribeHeaders, ...subscribeNames },
  ),
  UnsubscribeHeaders: schemaOfTable('What passes of an UNSUBSCRIBE, besides id and receipt.', unsubscribeHeaders),
  AcknowledgeHeaders: schemaOfTable(
    'What passes of an ACK or NACK, besides id, receipt and transaction.',
    acknowledgeHeaders,
  ),
  MessageHeaders: withOwn(messageHeaders()),
};

function messageHeaders(): Schema {
  const schema = schemaOfTable(
    'What a MESSAGE has, besides subscription, message-id, ack and content-length.',
    messageProperties,
  );
  const names = Object.entries(receivedNames).map(([name, description]) => [name, { type: 'string', description }]);
  return { ...schema, properties: { ...(schema.properties as Schema), ...Object.fromEntries(names) } };
}

const headersRef = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const messageOf = (name: string, headers: string) => ({
  name,
  contentType: 'application/octet-stream',
  headers: headersRef(headers),
  payload: { description: 'any octets; what content-type says, if it is there' },
});

/** Adds them to the parts of a document. */
export function addBrokerChannels(document: { channels: Schema; operations: Schema; schemas: Schemas }): void {
  Object.assign(document.schemas, headerSchemas);
  for (const destination of brokerDestinations) {
    const name = channelName(destination.address);
    document.channels[name] = channelOf(destination);
    if (destination.send) document.operations[operationName('receive', name)] = sending(destination);
    // what comes to a /temp-queue needs no SUBSCRIBE
    document.operations[operationName('send', name)] = receiving(destination);
  }
}

function channelOf({ address, summary, send, declares }: Destination): Schema {
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  return {
    address,
    summary,
    parameters: Object.fromEntries(names.map((name) => [name, { description: PARAMETERS[name] }])),
    messages: {
      ...(send ? { sent: messageOf('SEND', declares ? 'DeclaringSendHeaders' : 'SendHeaders') } : {}),
      received: messageOf('MESSAGE', 'MessageHeaders'),
    },
  };
}

function sending({ address, summary }: Destination): Schema {
  const channel = `#/channels/${channelName(address)}`;
  return {
    action: 'receive',
    channel: { $ref: channel },
    messages: [{ $ref: `${channel}/messages/sent` }],
    summary: `SEND to ${summary}`,
    description: 'RECEIPT: RabbitMQ has confirmed it. Needs the permission `stomp:send:PATTERN`.',
    'x-permission': 'stomp:send:PATTERN',
  };
}

function receiving({ address, summary, subscribe }: Destination): Schema {
  const channel = `#/channels/${channelName(address)}`;
  const frames = {
    'x-subscribe-headers': headersRef('SubscribeHeaders'),
    'x-unsubscribe-headers': headersRef('UnsubscribeHeaders'),
    'x-acknowledge-headers': headersRef('AcknowledgeHeaders'),
  };
  return {
    action: 'send',
    channel: { $ref: channel },
    messages: [{ $ref: `${channel}/messages/received` }],
    summary: subscribe ? `SUBSCRIBE to ${summary}` : summary,
    description: 'Needs the permission `stomp:subscribe:PATTERN`.',
    'x-permission': 'stomp:subscribe:PATTERN',
    ...(subscribe ? frames : {}),
  };
}
