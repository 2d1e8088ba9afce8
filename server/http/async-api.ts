// The AsyncAPI 3.0 document of /stomp, generated from the tables that enforce it (contract/destinations.ts, errors.ts;
// of RabbitMQ's destinations broker-channels.ts). Written from the server's side: what clients SEND it receives, what they SUBSCRIBE to it sends.
import type { z } from 'zod';
import { sendDestinations, subscribeDestinations } from '../contract/destinations.ts';
import { codes } from '../contract/errors.ts';
import { channelName, operationName } from './async-api-names.ts';
import { addBrokerChannels } from './broker-channels.ts';
import { type Schema, type Schemas, schemaOf } from './json-schema.ts';

interface Row {
  readonly destination: string;
  readonly action: 'receive' | 'send';
  readonly schema: z.ZodType;
  readonly summary: string;
  readonly description?: string;
}

const rows: Row[] = [
  ...Object.entries(sendDestinations).map(
    ([destination, { draft, summary, receipt }]): Row => ({
      destination,
      action: 'receive',
      schema: draft,
      summary,
      description: `RECEIPT: ${receipt}`,
    }),
  ),
  ...Object.entries(subscribeDestinations).map(
    ([destination, { message, summary }]): Row => ({ destination, action: 'send', schema: message, summary }),
  ),
];

/** What ends a session, for people: the codes that have a close code. */
const faults = Object.entries(codes)
  .filter(([, { close }]) => close !== undefined)
  .map(([code, { close, text }]) => `| \`${code}\` | ${close} | ${text} |`);

const DESCRIPTION = `STOMP 1.0, 1.1 and 1.2 over WebSocket (subprotocols v10.stomp, v11.stomp, v12.stomp).

CONNECT takes the access token in \`passcode\` and the installation in \`device-id\`, its name and kind
in \`device-name\` and \`device-kind\`. A refusal keeps the session: a MESSAGE
on /user/queue/refusals and no RECEIPT. A fault ends it: ERROR with the header \`code\`, then a close; 4000-4499 mean come
back, 4500-4999 do not.

/queue, /topic and the other destinations of RabbitMQ mean what they mean on RabbitMQ's own STOMP port. Nobody may use one
until a role grants \`stomp:send:PATTERN\` or \`stomp:subscribe:PATTERN\`. In a PATTERN \`*\` is one part of a path or one word
of a key, \`**\` whatever follows: \`stomp:subscribe:/topic/orders.**\`. /queue/NAME stands for a queue however it is spelled,
/topic/KEY for the exchange amq.topic.

| code | close | meaning |
|---|---|---|
${faults.join('\n')}
`;

export function asyncApiDocument(version: string, publicUrl: string): Schema {
  const { host, protocol } = new URL(publicUrl);
  const schemas: Schemas = {};
  const channels: Schema = {};
  const operations: Schema = {};
  for (const { destination, action, schema, summary, description } of rows) {
    const name = channelName(destination);
    channels[name] = {
      address: destination,
      messages: { body: { contentType: 'application/json', payload: schemaOf(schema, inputOf(action), schemas) } },
    };
    const channel = { $ref: `#/channels/${name}` };
    operations[operationName(action, name)] = { action, channel, summary, description };
  }
  addBrokerChannels({ channels, operations, schemas });
  return {
    asyncapi: '3.0.0',
    info: { title: 'Parley over STOMP', version, description: DESCRIPTION },
    defaultContentType: 'application/json',
    servers: {
      parley: {
        host,
        pathname: '/stomp',
        protocol: protocol === 'https:' ? 'wss' : 'ws',
        security: [{ $ref: '#/components/securitySchemes/accessToken' }],
      },
    },
    channels,
    operations,
    components: {
      schemas,
      securitySchemes: {
        accessToken: {
          type: 'openIdConnect',
          openIdConnectUrl: `${publicUrl}/auth/.well-known/openid-configuration`,
          scopes: ['chat'],
        },
      },
    },
  };
}

const inputOf = (action: Row['action']): 'input' | 'output' => (action === 'receive' ? 'input' : 'output');
