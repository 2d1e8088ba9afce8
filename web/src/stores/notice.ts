// What went wrong, in one sentence for the person at the screen.
import { shallowReactive } from 'vue';

export const notice = shallowReactive({ text: '', shown: false });

export function say(text: string): void {
  notice.text = text;
  notice.shown = true;
}

/** Runs `work`; if it fails, says why. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return false;
  }
}
