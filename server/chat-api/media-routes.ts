// The calls of /api/chat about files, one row each. Small files come as a form in one request, any file by the tus
// protocol; <img> and <video> read by signed URLs, everything else with the token.
import fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { attachmentOf, mediaOf, readableMedia } from '../chat/media-access.ts';
import { mustHaveRoom, unshelve, usedBy, withdraw } from '../chat/media-shelf.ts';
import type { Context } from '../context.ts';
import {
  attachment,
  mediaId,
  mediaUrl,
  mediaUrls,
  mediaUrlsDraft,
  mediaUsage,
  uploadForm,
  variantQuery,
} from '../contract/media.ts';
import { ParleyError } from '../errors.ts';
import { type Route, route } from '../http/route.ts';
import { newId } from '../lib/id.ts';
import { largestOf } from '../media/examine.ts';
import { incomingFolder } from '../media/storage.ts';
import { sendMedia } from './download.ts';
import { keyOf, type MediaFiles } from './media-files.ts';
import type { Resumable } from './resumable.ts';
import { signedUrls } from './signed-media.ts';
import { receiveForm } from './upload-form.ts';

export interface MediaRooms {
  readonly files: MediaFiles;
  readonly resumable: Resumable;
}

export const UPLOADS = '/media/uploads';

const byId = z.object({ id: mediaId });
const TUS = 'application/offset+octet-stream';

/** So many uploads of one user at one time. Error: `too-many-requests`. */
function turnstile(most: number) {
  const under = new Map<string, number>();
  return async <T>(userId: string, deed: () => Promise<T>): Promise<T> => {
    const count = under.get(userId) ?? 0;
    if (count >= most) throw new ParleyError('too-many-requests', `You may have ${most} uploads at one time.`);
    under.set(userId, count + 1);
    try {
      return await deed();
    } finally {
      const left = (under.get(userId) ?? 1) - 1;
      if (left > 0) under.set(userId, left);
      else under.delete(userId);
    }
  };
}

export function mediaRoutes(context: Context, rooms: MediaRooms): readonly Route[] {
  const uploading = turnstile(context?.config.MEDIA_UPLOADS_PER_USER ?? 0);
  return [
    route({
      method: 'post',
      path: '/media',
      summary: 'Upload a file of up to MEDIA_DIRECT_BYTES as a form: what is said of it first, then `file`',
      status: 201,
      consumes: 'multipart/form-data',
      body: uploadForm,
      response: attachment,
      handle: ({ identity: { userId } }, { req }) =>
        uploading(userId, async () => {
          const { config, clock } = context;
          mustHaveRoom(context, await usedBy(context, userId), Number(req.headers['content-length'] ?? 0));
          const id = newId(clock.now());
          const file = path.join(incomingFolder(config), id);
          const { name, said } = await receiveForm(req, file, config.MEDIA_DIRECT_BYTES);
          return rooms.files.keep({ id, userId, name, said, file });
        }),
    }),
    route({
      method: 'get',
      path: '/media/usage',
      summary: 'How many bytes you have in files, may have, and a file may have',
      response: mediaUsage,
      handle: async ({ identity }) => ({
        used: await usedBy(context, identity.userId),
        quota: context.config.MEDIA_QUOTA_BYTES,
        direct: context.config.MEDIA_DIRECT_BYTES,
        largest: largestOf(context.config),
      }),
    }),
    route({
      method: 'post',
      path: '/media/urls',
      summary: 'Signed URLs of many files at once',
      body: mediaUrlsDraft,
      response: mediaUrls,
      handle: async ({ identity: { userId }, body }) => {
        const rows = await readableMedia(context, userId, body.ids);
        return { items: rows.map((row) => ({ id: row.id, ...signedUrls(context, rooms.files.signer, userId, row) })) };
      },
    }),

    route({
      method: 'post',
      path: UPLOADS,
      summary:
        'Begin a resumable upload (tus 1.0.0). `Upload-Metadata`: `filename`, `duration` (milliseconds), `waveform` (a JSON array). The last part of Location is the id that the file will have',
      status: 201,
      produces: 'text/plain',
      handle: ({ identity }, { req, res }) => rooms.resumable.create(identity.userId, req, res),
    }),
    route({
      method: 'head',
      path: `${UPLOADS}/{id}`,
      summary: 'How much of a resumable upload has come (`Upload-Offset`)',
      params: byId,
      produces: 'text/plain',
      handle: ({ identity, params }, { req, res }) => rooms.resumable.serve(identity.userId, params.id, req, res),
    }),
    route({
      method: 'patch',
      path: `${UPLOADS}/{id}`,
      summary: 'Go on with a resumable upload; the answer to the last part is the file, as JSON (an Attachment)',
      params: byId,
      consumes: TUS,
      body: z.string().meta({ format: 'binary' }),
      produces: 'application/json',
      handle: ({ identity, params }, { req, res }) =>
        uploading(identity.userId, () => rooms.resumable.serve(identity.userId, params.id, req, res)),
    }),
    route({
      method: 'delete',
      path: `${UPLOADS}/{id}`,
      summary: 'Give up a resumable upload',
      status: 204,
      params: byId,
      produces: 'text/plain',
      handle: ({ identity, params }, { req, res }) => rooms.resumable.serve(identity.userId, params.id, req, res),
    }),

    route({
      method: 'get',
      path: '/media/{id}',
      summary: 'The bytes of a file, or of its preview; ranges and conditions are heeded',
      params: byId,
      query: variantQuery,
      produces: '*/*',
      handle: async ({ identity, params, query: { variant } }, { req, res }) => {
        const row = await mediaOf(context, identity.userId, params.id);
        await sendMedia(rooms.files.storage, { row, variant, fresh: 0 }, req, res);
      },
    }),
    route({
      method: 'get',
      path: '/media/{id}/info',
      summary: 'What is known of a file',
      params: byId,
      response: attachment,
      handle: async ({ identity, params }) => attachmentOf(await mediaOf(context, identity.userId, params.id)),
    }),
    route({
      method: 'get',
      path: '/media/{id}/url',
      summary: 'A URL of a file that needs no token, for a while (MEDIA_URL_SECONDS), and the same of its preview',
      params: byId,
      response: mediaUrl,
      handle: async ({ identity: { userId }, params }) =>
        signedUrls(context, rooms.files.signer, userId, await mediaOf(context, userId, params.id)),
    }),
    route({
      method: 'delete',
      path: '/media/{id}',
      summary: 'Withdraw a file of yours that nothing shows',
      params: byId,
      handle: async ({ identity, params: { id } }) => {
        await withdraw(context, identity.userId, id);
        for (const variant of ['preview', 'original'] as const) await rooms.files.storage.remove(keyOf(id, variant));
        await unshelve(context, id);
      },
    }),
  ];
}

/** Where forms wait. What a process that died left there goes with the next start, once it is old enough. */
export async function openIncoming({ config, clock }: Pick<Context, 'config' | 'clock'>): Promise<void> {
  const folder = incomingFolder(config);
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  const before = clock.now() - config.MEDIA_UPLOAD_HOURS * 3_600_000;
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isFile() && (await fs.stat(file)).mtimeMs < before) await fs.rm(file, { force: true });
  }
}
