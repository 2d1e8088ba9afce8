// What this server allows, for clients that offer things accordingly. The server checks all of it itself.
import { z } from 'zod';

export const rules = z
  .object({
    editWindowSeconds: z.int().min(0).meta({ description: 'how long a message may be edited; 0: never' }),
    recallWindowSeconds: z.int().min(0).meta({ description: 'how long its sender may recall a message; 0: never' }),
    groupLimit: z.int().min(1).meta({ description: 'members of a group' }),
  })
  .meta({ id: 'Rules' });
export type Rules = z.infer<typeof rules>;
