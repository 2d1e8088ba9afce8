// A message after what was done to it: as history would give it now.
import type {
  EditedEvent,
  MessageEvent,
  PollEvent,
  ReactionEvent,
  RecalledEvent,
  StarEvent,
} from '../../../server/contract/events.ts';

/** Of two edits the later counts, whichever comes first. */
export function edited(message: MessageEvent, { text, editedAt }: EditedEvent): MessageEvent {
  if (message.recalledAt || (message.editedAt ?? '') > editedAt) return message;
  const { preview, ...rest } = message;
  return { ...rest, text, editedAt, ...(preview && text.includes(preview.url) && { preview }) };
}

export function recalled(message: MessageEvent, { recalledAt, recalledBy }: RecalledEvent): MessageEvent {
  const {
    text: _text,
    media: _media,
    mentions: _mentions,
    preview: _preview,
    editedAt: _at,
    reactions: _reactions,
    ...rest
  } = message;
  return { ...rest, recalledAt, recalledBy };
}

export function reacted(message: MessageEvent, { user, emoji }: ReactionEvent): MessageEvent {
  if (message.recalledAt) return message;
  const rest = (message.reactions ?? []).flatMap((one) => {
    if (!one.users.includes(user)) return [one];
    return one.count > 1 ? [{ ...one, count: one.count - 1, users: one.users.filter((id) => id !== user) }] : [];
  });
  const { reactions: _, ...bare } = message;
  if (emoji !== null) {
    const same = rest.findIndex((one) => one.emoji === emoji);
    const before = rest[same];
    if (before) rest[same] = { ...before, count: before.count + 1, users: [...before.users, user] };
    else rest.push({ emoji, count: 1, users: [user] });
  }
  return rest.length > 0 ? { ...bare, reactions: rest } : bare;
}

export function starred(message: MessageEvent, { starred }: StarEvent): MessageEvent {
  const { starred: _, ...bare } = message;
  return starred ? { ...bare, starred } : bare;
}

/** How a poll stands now. */
export function voted(message: MessageEvent, { votes, closedAt }: PollEvent): MessageEvent {
  if (message.recalledAt) return message;
  return { ...message, votes, media: { ...(message.media as object), ...(closedAt && { closedAt }) } };
}

/** Its time is over: only its place is left. */
export function expired(message: MessageEvent): MessageEvent {
  const {
    text: _,
    media: _media,
    mentions: _mentions,
    preview: _preview,
    quote: _quote,
    reactions: _reactions,
    votes: _votes,
    ...rest
  } = message;
  return { ...rest, expiresAt: rest.expiresAt ?? rest.sentAt };
}
