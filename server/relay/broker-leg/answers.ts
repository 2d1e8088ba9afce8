// What a client is told where RabbitMQ cannot be asked, or has not answered.
import { ParleyError } from '../../errors.ts';

export const LOST = 'The connection to the broker was lost meanwhile: the message comes again, under another id.';
export const LOST_COMMIT =
  'The connection to the broker was lost while it committed, and it is not known whether it did. If it did not, the messages come again.';
export const BACK =
  'The connection to the broker was lost and stands again. What was not acknowledged comes again; what was published meanwhile to topics and exchanges, or as a reply to a /temp-queue, is missed.';

export const tooMuch = () => new ParleyError('busy', 'Too much waits for the broker already. Send again later.');
