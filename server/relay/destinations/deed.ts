// What is left of a SEND to /app when all that can be said against it was said: a line for the broker, or something to
// do at once. The line alone may still be refused, for want of room.
import type { InboundLine } from '../../broker/inbound.ts';

export type Deed = InboundLine | (() => void);
