// A draft, checked and settled, as it goes to the worker: who, from where and when come from who sends it, the rest
// from the draft.
import type { MessageEnvelope } from '../broker/wire.ts';
import type { MessageDraft } from '../contract/drafts.ts';
import type { LinkPreview } from '../contract/link-preview.ts';

/** What a message says. */
export type Content = Omit<MessageDraft, 'to' | 'preview'> & {
  /** how often it was handed on */
  readonly forwarded?: number;
  /** what this server has found; what a draft asks for has another name, so that it cannot stand here */
  readonly linkPreview?: LinkPreview;
};

interface Sent {
  readonly id: string;
  readonly conversation: string;
  readonly sender: string;
  readonly device: string;
  readonly now: number;
}

export function envelopeOf({ id, conversation, sender, device, now }: Sent, content: Content): MessageEnvelope {
  const { clientMessageId, kind, text, media, replyTo, mentions, forwarded, linkPreview } = content;
  return {
    id,
    conversation,
    sender,
    device,
    clientMessageId,
    kind,
    text,
    media: media ?? undefined,
    replyTo,
    mentions: mentions?.length ? mentions : undefined,
    forwarded,
    preview: linkPreview,
    sentAt: new Date(now).toISOString(),
  };
}
