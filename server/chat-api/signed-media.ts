// Signed URLs of files, and the door they lead to: no token is asked for there, the signature says for whom it is.
import { z } from 'zod';
import { type MediaRow, mediaOf } from '../chat/media-access.ts';
import type { Context } from '../context.ts';
import { type MediaUrl, mediaId, variantQuery } from '../contract/media.ts';
import { ParleyError } from '../errors.ts';
import { type Request, type Route, route } from '../http/route.ts';
import type { Identity } from '../people/access-token.ts';
import type { UrlSigner } from '../media/signed-urls.ts';
import { sendMedia } from './download.ts';
import type { MediaFiles } from './media-files.ts';

export const SIGNED = '/api/chat/media/signed';

const signedQuery = variantQuery.extend({
  user: z.string().min(1).max(128),
  expires: z.coerce.number().int(),
  signature: z.string().min(1).max(128),
});

export function signedUrls(
  { clock }: Pick<Context, 'clock'>,
  signer: UrlSigner,
  user: string,
  { id, previewSize }: MediaRow,
): MediaUrl {
  const expires = signer.expiry(clock.now());
  const url = (variant: 'original' | 'preview') => {
    const signature = signer.sign({ id, variant, user, expires });
    const query = new URLSearchParams({ variant, user, expires: String(expires), signature });
    return `${SIGNED}/${id}?${query.toString()}`;
  };
  return {
    url: url('original'),
    ...(previewSize === null ? {} : { preview: url('preview') }),
    expiresAt: new Date(expires * 1000).toISOString(),
  };
}

/** Whom a signature is for, and until when. Error: `not-allowed`. */
export function signedFor({ clock }: Pick<Context, 'clock'>, signer: UrlSigner, { path, query }: Request): Identity {
  const given = signedQuery.safeParse(query);
  const id = mediaId.safeParse(path.slice(1));
  if (given.success && id.success) {
    const { signature, ...grant } = given.data;
    if (signer.verify({ ...grant, id: id.data }, signature, clock.now())) {
      const expiresAt = grant.expires * 1000;
      return {
        userId: grant.user,
        grantId: undefined,
        issuedAt: clock.now(),
        clientId: '',
        scope: '',
        tokenId: '',
        expiresAt,
      };
    }
  }
  throw new ParleyError('not-allowed', 'This URL was not signed here, or has expired.');
}

/** What she may no longer read is gone for her, however long the URL would hold. */
export const signedRoutes = (context: Context, files: MediaFiles): readonly Route[] => [
  route({
    method: 'get',
    path: '/{id}',
    summary: 'The bytes of a file by a signed URL; the URL comes from /api/chat/media/{id}/url',
    open: true,
    params: z.object({ id: mediaId }),
    query: signedQuery,
    produces: '*/*',
    handle: async ({ params, query: { user, variant, expires } }, { req, res }) => {
      const row = await mediaOf(context, user, params.id);
      const fresh = Math.max(0, Math.floor(expires - context.clock.now() / 1000));
      await sendMedia(files.storage, { row, variant, fresh }, req, res);
    },
  }),
];
