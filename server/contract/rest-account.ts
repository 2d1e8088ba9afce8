// What the calls about the account as a whole take.
import { z } from 'zod';
import { limits } from './limits.ts';

export const accountRemoval = z
  .strictObject({
    password: z
      .string()
      .min(1)
      .max(limits.passwordChars.max * 2)
      .meta({ description: 'of this account; wrong ones count as they do when signing in' }),
  })
  .meta({ id: 'AccountRemoval' });
export type AccountRemoval = z.infer<typeof accountRemoval>;
