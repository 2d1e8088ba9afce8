// The rule of server/chat/reach.ts as a question with a yes or a no.
import { ParleyError } from '../errors.ts';
import type { Reach, Target } from './reach.ts';

export async function mayWrite(reach: Reach, sender: string, to: Target): Promise<boolean> {
  try {
    await reach.check(sender, to);
    return true;
  } catch (error) {
    if (error instanceof ParleyError) return false;
    throw error;
  }
}
