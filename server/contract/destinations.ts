// The STOMP destinations of our own: what is SENT to each, what comes from each. The relay checks bodies by this
// table and the AsyncAPI document is made from it.
import { z } from 'zod';
import {
  editDraft,
  forwardDraft,
  markerDraft,
  messageDraft,
  pollDraft,
  reactionDraft,
  recallDraft,
  tokenDraft,
  voteDraft,
} from './drafts.ts';
import { type Code, codes } from './errors.ts';
import { event } from './events.ts';
import { liveEvent, presenceDraft, typingDraft } from './live.ts';

interface Sendable {
  readonly draft: z.ZodType;
  readonly summary: string;
  /** what a RECEIPT says */
  readonly receipt: string;
}

export const sendDestinations = {
  '/app/messages': {
    draft: messageDraft,
    summary: 'stores and delivers a message',
    receipt:
      'The broker has the message durably: it will be stored and delivered, whatever crashes. A repeat with the same clientMessageId is the same message.',
  },
  '/app/messages/edit': {
    draft: editDraft,
    summary: 'gives a message of this user another text, within EDIT_WINDOW_SECONDS',
    receipt: 'The broker has the edit durably.',
  },
  '/app/messages/recall': {
    draft: recallDraft,
    summary:
      'takes a message back for everyone: by its sender within RECALL_WINDOW_SECONDS, in a group by owner and admins at any time',
    receipt: 'The broker has the recall durably. A message that was recalled already stays so.',
  },
  '/app/messages/forward': {
    draft: forwardDraft,
    summary: 'says a message that this user reads again somewhere else; what it says is copied here',
    receipt: 'As of /app/messages.',
  },
  '/app/votes': {
    draft: voteDraft,
    summary: 'what this user votes for in a poll, instead of what she voted for before',
    receipt: 'The broker has the vote durably.',
  },
  '/app/votes/close': {
    draft: pollDraft,
    summary: 'ends a poll of this user: no votes are taken any more',
    receipt: 'The broker has it durably. A poll that was closed already stays so.',
  },
  '/app/reactions': {
    draft: reactionDraft,
    summary: 'sets the one reaction of this user to a message, or takes it back',
    receipt: 'The broker has the reaction durably.',
  },
  '/app/markers': {
    draft: markerDraft,
    summary: 'moves the markers of this user forward in a conversation',
    receipt: 'The broker has the marker durably.',
  },
  '/app/typing': {
    draft: typingDraft,
    summary: 'tells the other members that this user types or records, or does no longer; live only, never stored',
    receipt: 'Those who are there are being told.',
  },
  '/app/presence': {
    draft: presenceDraft,
    summary: 'whether somebody looks at this session; it begins as online',
    receipt: 'Those who are there are being told.',
  },
  '/app/session/token': {
    draft: tokenDraft,
    summary: "renews the session's access token in place; it must be the same user's",
    receipt: 'The session lives as long as the new token.',
  },
} as const satisfies Record<`/app/${string}`, Sendable>;

export type SendDestination = keyof typeof sendDestinations;

const refusalCodes = Object.entries(codes).flatMap(([code, row]) => (row.refusal ? [code as Code] : []));

export const refusal = z
  .object({
    code: z.enum(refusalCodes),
    message: z.string(),
    receipt: z.string().optional().meta({ description: 'the receipt the refused frame asked for; it gets none' }),
    clientMessageId: z.string().optional(),
  })
  .meta({ id: 'Refusal' });

interface Subscribable {
  readonly message: z.ZodType;
  readonly summary: string;
}

export const subscribeDestinations = {
  '/user/queue/events': {
    message: event,
    summary:
      'everything durable, for this device, in order, kept while it is away; acknowledge with ack:client-individual or ack:client, what is not acknowledged comes again',
  },
  '/user/queue/live': {
    message: liveEvent,
    summary: 'what is of the moment only; not kept. Begins with who is there (presences)',
  },
  '/user/queue/refusals': { message: refusal, summary: "refusals of this session's frames; not kept" },
} as const satisfies Record<`/user/queue/${string}`, Subscribable>;

export type SubscribeDestination = keyof typeof subscribeDestinations;
