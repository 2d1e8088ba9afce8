// What stands in the paths of the calls.
import { z } from 'zod';

/** PostgreSQL takes no NUL, and no id holds one. */
export const id = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL character' });

/** A message by its place in its conversation. */
export const byMessage = z.object({ id, seq: z.coerce.number().int().min(1).max(2_147_483_647) });
