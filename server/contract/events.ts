// What arrives on /user/queue/events, and what history returns: the events. JSON, told apart by `type`.
import { z } from 'zod';
import { messageKinds } from './drafts.ts';
import { anyJson } from './json.ts';

const id = z.string();
const at = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
const seq = z.int().min(1);

export const messageEvent = z
  .object({
    type: z.literal('message'),
    id,
    conversation: id,
    seq: seq.meta({ description: 'per conversation, from 1, rising by 1 without a gap' }),
    sender: id,
    device: id,
    clientMessageId: z.string(),
    kind: z.enum(messageKinds),
    text: z.string().optional(),
    media: anyJson.optional(),
    replyTo: id.optional(),
    mentions: z.array(id).optional(),
    sentAt: at,
  })
  .meta({ id: 'MessageEvent' });
export type MessageEvent = z.infer<typeof messageEvent>;

export const markerEvent = z
  .object({
    type: z.literal('marker'),
    conversation: id,
    user: id,
    delivered: seq.optional(),
    read: seq.optional(),
  })
  .meta({ id: 'MarkerEvent' });
export type MarkerEvent = z.infer<typeof markerEvent>;

export const contactEvent = z
  .object({
    type: z.literal('contact'),
    user: id.meta({ description: 'the other one' }),
    state: z.enum(['requested', 'accepted', 'declined', 'removed']),
    request: id.optional(),
    note: z.string().optional(),
  })
  .meta({ id: 'ContactEvent' });
export type ContactEvent = z.infer<typeof contactEvent>;

export const conversationEvent = z
  .object({
    type: z.literal('conversation'),
    conversation: id,
    change: z.enum(['made']),
    title: z.string().optional(),
    by: id,
  })
  .meta({ id: 'ConversationEvent' });
export type ConversationEvent = z.infer<typeof conversationEvent>;

export const deviceEvent = z
  .object({ type: z.literal('device'), device: id, change: z.enum(['linked', 'removed']), name: z.string().optional() })
  .meta({ id: 'DeviceEvent' });
export type DeviceEvent = z.infer<typeof deviceEvent>;

export const missedEvent = z.object({ type: z.literal('missed') }).meta({
  id: 'MissedEvent',
  description:
    'Events for this device were dropped: too many waited for it, or for too long, or its queue was lost. Nothing else is missing: read the lists and the histories again, then acknowledge. Not acknowledged, it comes again.',
});
export type MissedEvent = z.infer<typeof missedEvent>;

export const event = z.discriminatedUnion('type', [
  messageEvent,
  markerEvent,
  contactEvent,
  conversationEvent,
  deviceEvent,
  missedEvent,
]);
export type Event = z.infer<typeof event>;
