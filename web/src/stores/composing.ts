// What is being written, per conversation: the text, what it answers, or which message it is to replace.
import { reactive, shallowReactive } from 'vue';
import type { MessageEvent } from '../../../server/contract/events.ts';

export interface Composing {
  text: string;
  replyTo: MessageEvent | undefined;
  editing: MessageEvent | undefined;
  /** what had been begun before a message was edited */
  aside: string;
}

const byConversation = reactive(new Map<string, Composing>()) as Map<string, Composing>;

export function composingOf(conversation: string): Composing {
  if (!byConversation.has(conversation)) {
    const nothing = { text: '', replyTo: undefined, editing: undefined, aside: '' };
    byConversation.set(conversation, shallowReactive<Composing>(nothing));
  }
  return byConversation.get(conversation) as Composing;
}

export function beginReply(message: MessageEvent): void {
  const composing = composingOf(message.conversation);
  if (composing.editing) endEdit(message.conversation);
  composing.replyTo = message;
}

export function beginEdit(message: MessageEvent): void {
  const composing = composingOf(message.conversation);
  if (!composing.editing) composing.aside = composing.text;
  Object.assign(composing, { editing: message, replyTo: undefined, text: message.text ?? '' });
}

export function endEdit(conversation: string): void {
  const composing = composingOf(conversation);
  Object.assign(composing, { editing: undefined, text: composing.aside, aside: '' });
}

/** What was begun and waits: shown in the list. */
export const begunText = (conversation: string): string => {
  const composing = byConversation.get(conversation);
  return (composing?.editing ? composing.aside : composing?.text)?.trim() ?? '';
};
