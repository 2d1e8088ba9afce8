// Every way in which Parley says no, in one table: the stable code, where it can appear, and the sentence a
// person reads. REST sends `status` (RFC 9457); a refusal keeps the STOMP session; a fault ends it with ERROR
// and a close code: 4000-4499 mean come back, 4500-4999 do not.

interface Row {
  /** what it means, with a full stop */
  readonly text: string;
  /** HTTP status where REST says it */
  readonly status?: number;
  /** may come as a refusal on /user/queue/refusals */
  readonly refusal?: true;
  /** WebSocket close code where it ends a session */
  readonly close?: number;
}

const table = {
  // drafts and destinations
  'body-not-json': { text: 'The body is not JSON.', status: 400, refusal: true },
  'draft-invalid': { text: 'The body does not have the shape this destination takes.', refusal: true },
  'text-too-long': { text: 'The text is longer than a message may be.', refusal: true },
  'unknown-kind': { text: 'There is no such kind of message.', refusal: true },
  'unknown-destination': { text: 'There is no such destination to SEND to.', refusal: true },
  'no-such-user': { text: 'There is no such user.', status: 404, refusal: true },
  'no-such-conversation': {
    text: 'There is no such conversation, or you are no member of it.',
    status: 404,
    refusal: true,
  },
  'no-such-message': { text: 'There is no such message, or you may not see it.', status: 404, refusal: true },
  'not-the-sender': { text: 'Only who sent a message may do that.', status: 403, refusal: true },
  'edit-window-over': { text: 'The message is too old to be edited.', refusal: true },
  'recall-window-over': { text: 'The message is too old to be recalled.', refusal: true },
  'too-many-edits': { text: 'The message was edited as often as it may be.', refusal: true },
  'too-many': { text: 'There are as many of these as there may be.', status: 409 },
  'no-such-scheduled': { text: 'You have no such message scheduled: it was sent, removed, or never was.', status: 404 },
  'send-time-wrong': { text: 'A message can be scheduled for the future only, and not for too far.', status: 422 },
  'not-a-poll': { text: 'That message is no poll.', refusal: true },
  'poll-closed': { text: 'The poll takes no votes any more.', refusal: true },
  'message-recalled': { text: 'The message was recalled.', status: 409, refusal: true },
  'not-a-contact': {
    text: 'You may write only to your contacts and to members of your groups.',
    status: 403,
    refusal: true,
  },
  'only-admins-post': { text: 'In this group only its owner and its admins write.', status: 403, refusal: true },
  'user-blocked': { text: 'You have blocked this user.', status: 403, refusal: true },
  'too-many-sends': { text: 'You send faster than allowed.', refusal: true },
  busy: { text: 'The server cannot take more at the moment. Send again later.', status: 503, refusal: true },
  'not-the-same-user': { text: 'The token belongs to another user.', refusal: true },
  'destination-invalid': {
    text: 'That is no destination of the broker, or not one for this command.',
    refusal: true,
    close: 4509,
  },
  'header-invalid': { text: 'A header does not hold what it takes.', refusal: true, close: 4510 },
  'broker-lost': {
    text: 'The connection to the broker was lost before it answered. What was to be acknowledged comes again.',
    refusal: true,
  },
  'broker-back': {
    text: 'No refusal: the connection to the broker was lost and stands again. What was not acknowledged comes again; what was published meanwhile to topics is missed.',
    refusal: true,
  },
  'already-subscribed': { text: 'This session has a subscription to that destination.', refusal: true },

  // groups
  'not-a-group': { text: 'That conversation is not a group.', status: 409 },
  'group-role-missing': { text: 'Your role in this group does not permit that.', status: 403 },
  'group-full': { text: 'The group would have more members than it may have.', status: 409 },
  'no-such-member': { text: 'That user is no member of this group.', status: 404 },
  'no-such-invite': {
    text: 'There is no such invite: it never was, was revoked, has expired, or was used as often as it may be.',
    status: 404,
  },
  'too-many-invites': { text: 'The group has as many invites as it may have: revoke one.', status: 409 },
  'approval-required': { text: 'An owner or admin of the group must agree first.', status: 403 },
  'no-such-request': { text: 'That user does not ask to get into this group.', status: 404 },
  'request-declined': { text: 'An admin has declined you already: this invite is none for you.', status: 403 },

  // media
  'no-such-media': { text: 'There is no such file, or you may not see it.', status: 404, refusal: true },
  'media-kind-wrong': { text: 'The file is not of the kind that is wanted here.', status: 422, refusal: true },
  'media-too-large': { text: 'The file is larger than one of its kind may be.', status: 413 },
  'media-too-many-pixels': { text: 'The picture has more pixels than it may have.', status: 413 },
  'media-broken': { text: 'The file is not what it looks like, or is damaged.', status: 422 },
  'media-refused': { text: 'The scan has refused the file.', status: 422 },
  'media-not-scanned': { text: 'The file could not be scanned. Try again later.', status: 503 },
  'media-quota': { text: 'You would have more in files than you may.', status: 403 },

  // link previews
  'preview-refused': {
    text: 'No preview is made of that: it is no address of a public page, or previews are switched off.',
    status: 422,
  },
  'no-preview': {
    text: 'There is nothing to show of that address: it does not answer in time, or is no page that tells its title.',
    status: 404,
  },

  // the list of conversations
  'too-many-pinned': { text: 'You have pinned as many conversations as you may. Unpin one first.', status: 409 },

  // REST
  'request-invalid': { text: 'The request does not have the shape this call takes.', status: 400 },
  'password-wrong': {
    text: 'That is not the password of this account, or there were too many wrong ones. Wait a while and try again.',
    status: 403,
  },
  'token-missing': { text: 'An access token is required.', status: 401 },
  'token-invalid': { text: 'The access token is not valid.', status: 401, refusal: true, close: 4501 },
  'not-allowed': { text: 'Your roles do not permit this.', status: 403, refusal: true },
  'not-found': { text: 'There is nothing here.', status: 404 },
  'takes-no-requests': { text: 'This user takes no contact requests from you.', status: 403 },
  'method-not-allowed': { text: 'This path does not take that method.', status: 405 },
  conflict: { text: 'That is taken already, or has changed meanwhile.', status: 409 },
  'too-large': { text: 'The request is larger than allowed.', status: 413 },
  'too-many-requests': { text: 'Too many requests. Try again later.', status: 429 },
  internal: { text: 'Something went wrong on our side.', status: 500, close: 4001 },
  'not-ready': { text: 'A part of the server is not available at the moment.', status: 503 },

  // come back
  'going-away': { text: 'The server is restarting.', close: 4000 },
  'heart-beat-missed': { text: 'No heart-beat came in the agreed time.', close: 4002 },
  'too-slow': {
    text: 'You read slower than you are sent to. What was not acknowledged waits in your queue.',
    close: 4003,
  },
  'connect-too-late': { text: 'No CONNECT came in the allowed time.', close: 4004 },
  'too-many-sessions': { text: 'There are too many sessions of this user or address.', close: 4005 },
  'token-expired': { text: 'The access token has expired.', status: 401, close: 4006 },
  'subscription-cancelled': { text: 'The broker has ended a subscription: its queue is gone.', close: 4007 },
  'broker-away': { text: 'The broker does not serve broker destinations at the moment.', close: 4008 },
  'sends-abused': { text: 'You went on sending faster than allowed.', close: 4029 },

  // do not come back
  'protocol-error': { text: 'The frame breaks the STOMP specification.', close: 4500 },
  'frame-too-large': { text: 'The frame is larger than allowed.', close: 4502 },
  'version-not-supported': { text: 'None of the STOMP versions asked for is spoken here.', close: 4503 },
  'device-invalid': { text: 'The device-id header is missing or not usable.', close: 4504 },
  'too-many-devices': { text: 'The account has as many devices as it may have: remove one.', close: 4512 },
  'session-replaced': { text: 'This device has opened a newer session.', close: 4505 },
  'device-removed': { text: 'This device was removed from the account.', close: 4506 },
  'subscription-denied': { text: 'You may not subscribe to this destination.', close: 4507 },
  'broker-refused': { text: 'The broker has refused what was asked of it.', close: 4511 },
  'too-many-subscriptions': { text: 'The session has as many subscriptions as it may have.', close: 4508 },
} as const satisfies Record<string, Row>;

export type Code = keyof typeof table;
export const codes: Readonly<Record<Code, Row>> = table;
