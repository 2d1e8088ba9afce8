// What the REST calls about single messages take and return.
import { z } from 'zod';
import { messageEvent } from './events.ts';

export const starred = z
  .object({ message: messageEvent, starredAt: z.iso.datetime().meta({ description: 'RFC 3339, UTC' }) })
  .meta({ id: 'Starred' });
export type Starred = z.infer<typeof starred>;

export const pinned = z
  .object({
    message: messageEvent,
    pinnedBy: z.string(),
    pinnedAt: z.iso.datetime().meta({ description: 'RFC 3339, UTC' }),
  })
  .meta({ id: 'Pinned' });
export type Pinned = z.infer<typeof pinned>;
