// What is shown of a page that a message links to.
import { z } from 'zod';
import { limits } from './limits.ts';

export const linkPreview = z
  .object({
    url: z.string().meta({ description: 'the address as it was given, not that to which it may lead' }),
    title: z.string().optional(),
    description: z.string().optional(),
    siteName: z.string().optional(),
    imageUrl: z.string().optional().meta({
      description: 'of a picture elsewhere: whoever loads it tells its server who looks. The web client does not',
    }),
  })
  .meta({
    id: 'LinkPreview',
    description: 'what this server has found in the head of a page; of its words nothing is believed',
  });
export type LinkPreview = z.infer<typeof linkPreview>;

export const linkPreviewQuery = z.object({
  url: z.string().min(1).max(limits.linkChars).meta({ description: 'of a page on the public web, ports 80 and 443' }),
});
