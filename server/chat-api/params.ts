// What stands in the paths of the calls.
import { z } from 'zod';

/** PostgreSQL takes no NUL, and no id holds one. */
export const id = z
  .string()
  .min(1)
  .max(300)
  .refine((text) => !text.includes('\0'), { error: 'holds a NUL character' });
