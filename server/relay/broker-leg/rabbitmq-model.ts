// What a frame does at RabbitMQ, for tests: a model of its STOMP plugin's reading of destinations and headers, made from
// the plugin's behaviour and not from our own code. Given raw headers it says what a client without a relay could do.

/** Something that a frame does, with the name it does it to. */
export type Deed =
  | { readonly does: 'publish' | 'bind'; readonly exchange: string; readonly key: string }
  /** publishes to an exchange with keys that nobody knows now */
  | { readonly does: 'publish-any'; readonly exchange: string }
  | { readonly does: 'consume' | 'fill'; readonly queue: string }
  /** asks whoever answers to publish there */
  | { readonly does: 'ask-to-publish'; readonly exchange: string; readonly key: string }
  | { readonly does: 'own-reply-queue'; readonly name: string }
  | { readonly does: 'claim'; readonly header: string };

type Parsed =
  | { readonly type: 'queue' | 'amqqueue' | 'reply_queue' | 'topic' | 'temp_queue'; readonly name: string }
  | { readonly type: 'exchange'; readonly name: string; readonly key: string }
  | undefined;

const unescape = (text: string): string => text.split('%2F').join('/');

/** Undefined: the plugin answers with ERROR. */
function parse(text: string): Parsed {
  const parts = text.split('/');
  if (parts.length === 1) return { type: 'queue', name: unescape(text) };
  if (parts[0] !== '') return undefined;
  const [, type, ...rest] = parts;
  const only = rest.length === 1 && rest[0] !== '' ? unescape(rest[0] as string) : undefined;
  if (type === 'reply-queue' && rest.length > 0) return { type: 'reply_queue', name: rest.join('/') };
  if (type === 'exchange') {
    if (rest.length === 0 || rest.length > 2 || rest[0] === '') return undefined;
    return { type: 'exchange', name: unescape(rest[0] as string), key: unescape(rest[1] ?? '') };
  }
  if (type === 'amq' && rest[0] === 'queue') {
    const name = rest.length === 2 && rest[1] !== '' ? unescape(rest[1] as string) : undefined;
    return name === undefined ? undefined : { type: 'amqqueue', name };
  }
  if (only === undefined) return undefined;
  if (type === 'queue' || type === 'topic') return { type, name: only };
  return type === 'temp-queue' ? { type: 'temp_queue', name: only } : undefined;
}

function route(parsed: NonNullable<Parsed>): { exchange: string; key: string } {
  if (parsed.type === 'exchange') return { exchange: parsed.name, key: parsed.key };
  if (parsed.type === 'topic') return { exchange: 'amq.topic', key: parsed.name };
  return { exchange: '', key: parsed.name };
}

/** Everything the frame does, or nothing where the plugin refuses it. */
export function deedsOf(command: 'SEND' | 'SUBSCRIBE', headers: Readonly<Record<string, string>>): Deed[] {
  const parsed = parse(headers.destination ?? '');
  if (!parsed || parsed.type === 'temp_queue') return [];
  const deeds = command === 'SEND' ? sends(parsed, headers) : subscribes(parsed, headers);
  const declares = command === 'SUBSCRIBE' || parsed.type === 'queue';
  return declares ? [...deeds, ...deadLetters(headers)] : deeds;
}

function sends(parsed: NonNullable<Parsed>, headers: Readonly<Record<string, string>>): Deed[] {
  const deeds: Deed[] = [{ does: 'publish', ...route(parsed) }];
  const reply = headers['reply-to'];
  if (reply !== undefined) {
    const place = parse(reply);
    if (!place) return [];
    if (place.type === 'temp_queue') deeds.push({ does: 'own-reply-queue', name: place.name });
    else deeds.push({ does: 'ask-to-publish', ...route(place) });
  }
  // AMQP headers with a meaning
  for (const name of ['CC', 'BCC', 'user-id']) if (name in headers) deeds.push({ does: 'claim', header: name });
  return deeds;
}

function subscribes(parsed: NonNullable<Parsed>, headers: Readonly<Record<string, string>>): Deed[] {
  if (parsed.type !== 'topic' && parsed.type !== 'exchange') return [{ does: 'consume', queue: parsed.name }];
  const deeds: Deed[] = [{ does: 'bind', ...route(parsed) }];
  const queue = headers['x-queue-name'];
  if (queue !== undefined) deeds.push({ does: 'consume', queue }, { does: 'fill', queue });
  return deeds;
}

function deadLetters(headers: Readonly<Record<string, string>>): Deed[] {
  const exchange = headers['x-dead-letter-exchange']?.replace(/^ +| +$/g, '');
  const key = headers['x-dead-letter-routing-key']?.replace(/^ +| +$/g, '');
  if (exchange === undefined) return [];
  return key === undefined ? [{ does: 'publish-any', exchange }] : [{ does: 'publish', exchange, key }];
}
