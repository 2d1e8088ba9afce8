// What may be a reaction: one emoji, as Unicode recommends it for interchange (RGI, UTS #51). Exactly that form: what
// looks the same is the same text, so that reactions can be counted. Which emoji there are is as new as the runtime.

// the flag is newer than the language level that the types know
const EMOJI = new RegExp('^\\p{RGI_Emoji}$', 'v');

export const isEmoji = (text: string): boolean => EMOJI.test(text);
