// What arrives on /user/queue/events, and what history returns: the events. JSON, told apart by `type`.
import { z } from 'zod';
import { messageKinds } from './drafts.ts';
import { groupHistories, memberRoles, postings, SYSTEM } from './group.ts';
import { anyJson } from './json.ts';
import { deviceKinds } from './device.ts';
import { limits } from './limits.ts';
import { scheduledEvent } from './scheduled.ts';
import { linkPreview } from './link-preview.ts';
import { cleared, conversationDraft, listSettings, preferences } from './list-settings.ts';

const id = z.string();
const at = z.iso.datetime().meta({ description: 'RFC 3339, UTC' });
const seq = z.int().min(1);

export const reactions = z
  .array(
    z.object({
      emoji: z.string(),
      count: z.int().min(1),
      users: z.array(id).meta({ description: `who, the first ${limits.reactionUsers}` }),
    }),
  )
  .meta({ id: 'Reactions', description: 'in the order in which each emoji was first given' });
export type Reactions = z.infer<typeof reactions>;

export const votes = z
  .array(
    z.object({
      option: z.int().min(0).meta({ description: 'counted from 0' }),
      count: z.int().min(1),
      users: z.array(id).meta({ description: `who, the first ${limits.reactionUsers}` }),
    }),
  )
  .meta({ id: 'Votes', description: 'of the options that have any' });
export type Votes = z.infer<typeof votes>;

export const quote = z
  .object({
    id,
    seq,
    sender: id,
    kind: z.string(),
    text: z
      .string()
      .optional()
      .meta({ description: `its first ${limits.quoteChars} characters; never of a message that disappears` }),
  })
  .meta({
    id: 'Quote',
    description: 'the message that this one answers; missing where it was recalled, or came before you joined',
  });
export type Quote = z.infer<typeof quote>;

export const messageEvent = z
  .object({
    type: z.literal('message'),
    id,
    conversation: id,
    seq: seq.meta({ description: 'per conversation, from 1, rising by 1 without a gap' }),
    sender: id,
    device: id,
    clientMessageId: z.string(),
    kind: z.enum([...messageKinds, SYSTEM]).meta({
      description: '`system`: tells of a change of the group by the sender; what changed is `media`, a SystemContent',
    }),
    text: z.string().optional(),
    media: anyJson.optional(),
    replyTo: id.optional(),
    quote: quote.optional(),
    mentions: z.array(id).optional(),
    sentAt: at,
    editedAt: at.optional(),
    recalledAt: at.optional().meta({ description: 'then text, media, mentions, preview and quote are gone' }),
    recalledBy: id.optional(),
    reactions: reactions.optional(),
    expiresAt: at.optional().meta({
      description: 'when it disappears: then all it says is gone, from here too, and only its place is left',
    }),
    forwarded: z.int().min(1).optional().meta({ description: 'how often it was handed on, this time too' }),
    votes: votes.optional(),
    preview: linkPreview.optional().meta({
      description:
        'what this server found at an address of the text; an edit that takes the address out of the text takes this along, and it is not told again',
    }),
    starred: z.literal(true).optional().meta({ description: 'by you; in history only' }),
  })
  .meta({ id: 'MessageEvent' });
export type MessageEvent = z.infer<typeof messageEvent>;

/** Which message it was done to. */
const done = { id, conversation: id, seq };

export const editedEvent = z
  .object({ type: z.literal('message.edited'), ...done, text: z.string(), editedAt: at })
  .meta({ id: 'MessageEditedEvent' });
export type EditedEvent = z.infer<typeof editedEvent>;

export const recalledEvent = z
  .object({ type: z.literal('message.recalled'), ...done, recalledBy: id, recalledAt: at })
  .meta({ id: 'MessageRecalledEvent' });
export type RecalledEvent = z.infer<typeof recalledEvent>;

export const expiredEvent = z
  .object({ type: z.literal('message.expired'), ...done })
  .meta({ id: 'MessageExpiredEvent', description: 'Its `expiresAt` is over.' });
export type ExpiredEvent = z.infer<typeof expiredEvent>;

export const reactionEvent = z
  .object({
    type: z.literal('reaction'),
    ...done,
    user: id,
    emoji: z.string().nullable().meta({ description: "this user's only reaction to the message; null: none any more" }),
  })
  .meta({ id: 'ReactionEvent' });
export type ReactionEvent = z.infer<typeof reactionEvent>;

export const pollEvent = z
  .object({
    type: z.literal('poll'),
    ...done,
    user: id.meta({ description: 'who has voted, or closed it' }),
    votes,
    closedAt: at.optional(),
  })
  .meta({ id: 'PollEvent', description: 'How a poll stands now.' });
export type PollEvent = z.infer<typeof pollEvent>;

export const hiddenEvent = z
  .object({ type: z.literal('message.hidden'), ...done })
  .meta({ id: 'MessageHiddenEvent', description: 'You have deleted the message for yourself: to your own devices.' });
export type HiddenEvent = z.infer<typeof hiddenEvent>;

export const starEvent = z
  .object({ type: z.literal('star'), ...done, starred: z.boolean() })
  .meta({ id: 'StarEvent', description: 'You have given the message a star, or taken it away: to your own devices.' });
export type StarEvent = z.infer<typeof starEvent>;

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
    state: z.enum(['requested', 'accepted', 'declined', 'removed', 'cancelled', 'blocked', 'unblocked']),
    request: id.optional(),
    note: z.string().optional(),
  })
  .meta({ id: 'ContactEvent' });
export type ContactEvent = z.infer<typeof contactEvent>;

export const conversationEvent = z
  .object({
    type: z.literal('conversation'),
    conversation: id,
    change: z.enum([
      'made',
      'renamed',
      'picture',
      'description',
      'posting',
      'history',
      'dissolved',
      'pinned',
      'unpinned',
      'disappearing',
    ]),
    title: z.string().optional(),
    picture: z.string().nullable().optional(),
    description: z.string().optional(),
    posting: z.enum(postings).optional(),
    history: z.enum(groupHistories).optional(),
    message: id.optional().meta({ description: 'that was pinned, or is no longer' }),
    seq: seq.optional(),
    disappearAfterSeconds: z.int().nullable().optional(),
    by: id,
  })
  .meta({ id: 'ConversationEvent' });
export type ConversationEvent = z.infer<typeof conversationEvent>;

export const listSettingsEvent = z
  .object({
    type: z.literal('conversation.settings'),
    conversation: id,
    settings: listSettings,
    at: at.meta({ description: 'of two for one conversation the later counts' }),
  })
  .meta({ id: 'ListSettingsEvent', description: "Goes to one's own devices only." });
export type ListSettingsEvent = z.infer<typeof listSettingsEvent>;

export const clearedEvent = cleared
  .extend({ type: z.literal('conversation.cleared') })
  .meta({ id: 'ClearedEvent', description: "Goes to one's own devices only." });
export type ClearedEvent = z.infer<typeof clearedEvent>;

export const draftEvent = conversationDraft
  .extend({ type: z.literal('draft'), conversation: id })
  .meta({ id: 'DraftEvent', description: "Goes to one's own devices only. Of two the later `writtenAt` counts." });
export type DraftEvent = z.infer<typeof draftEvent>;

export const profileEvent = z
  .object({
    type: z.literal('profile'),
    user: id,
    kind: z.enum(['person', 'bot', 'deleted']),
    displayName: z.string(),
    about: z.string(),
    avatar: z.string().nullable(),
  })
  .meta({
    id: 'ProfileEvent',
    description:
      "Goes to one's own devices, one's contacts and those with whom one shares a conversation, up to a bound; not over a block. Several changes in short order are told together.",
  });
export type ProfileEvent = z.infer<typeof profileEvent>;

export const preferencesEvent = z
  .object({ type: z.literal('preferences'), preferences })
  .meta({ id: 'PreferencesEvent', description: "Goes to one's own devices only." });
export type PreferencesEvent = z.infer<typeof preferencesEvent>;

export const memberEvent = z
  .object({
    type: z.literal('member'),
    conversation: id,
    user: id,
    change: z.enum(['joined', 'left', 'removed', 'role']),
    role: z.enum(memberRoles).optional(),
    by: id,
  })
  .meta({ id: 'MemberEvent', description: 'Goes to all members, and to who has left or was removed.' });
export type MemberEvent = z.infer<typeof memberEvent>;

export const joiningEvent = z
  .object({
    type: z.literal('joining'),
    conversation: id,
    title: z.string(),
    user: id.meta({ description: 'who is no member yet' }),
    state: z.enum(['requested', 'invited', 'accepted', 'declined', 'refused', 'cancelled']).meta({
      description:
        'she asks to get in; an admin asks her to; she is in; an admin said no; she said no; whoever asked took it back',
    }),
    by: id.optional().meta({ description: 'of `invited`: who asks her' }),
  })
  .meta({ id: 'JoiningEvent', description: 'Goes to the owner and the admins of the group and to that user.' });
export type JoiningEvent = z.infer<typeof joiningEvent>;

export const deviceEvent = z
  .object({
    type: z.literal('device'),
    device: id,
    change: z.enum(['linked', 'removed']),
    name: z.string().optional(),
    kind: z.enum(deviceKinds).optional(),
  })
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
  editedEvent,
  recalledEvent,
  expiredEvent,
  reactionEvent,
  pollEvent,
  hiddenEvent,
  starEvent,
  markerEvent,
  contactEvent,
  conversationEvent,
  listSettingsEvent,
  clearedEvent,
  draftEvent,
  scheduledEvent,
  preferencesEvent,
  profileEvent,
  memberEvent,
  joiningEvent,
  deviceEvent,
  missedEvent,
]);
export type Event = z.infer<typeof event>;
