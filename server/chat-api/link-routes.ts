// The call of /api/chat that shows what a link leads to. Where the server looks is decided in server/links.
import type { LinkPreviews } from '../chat/link-previews.ts';
import { linkPreview, linkPreviewQuery } from '../contract/link-preview.ts';
import { type Route, route } from '../http/route.ts';

export interface LinkRooms {
  readonly linkPreviews: LinkPreviews;
}

export const linkRoutes = (context: LinkRooms): readonly Route[] => [
  route({
    method: 'get',
    path: '/link-preview',
    summary: 'What a page on the public web says that it is; a message that names it as its `preview` shows the same',
    query: linkPreviewQuery,
    response: linkPreview,
    handle: ({ identity, query }) => context.linkPreviews.of(identity.userId, query.url),
  }),
];
