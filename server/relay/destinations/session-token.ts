// /app/session/token: a newer token for a session that goes on.
import type { TokenDraft } from '../../contract/drafts.ts';
import { ParleyError } from '../../errors.ts';
import { checkGoesOn, verifyAccessToken } from '../../people/access-token.ts';
import type { Session } from '../session.ts';
import type { Deed } from './deed.ts';

export async function readToken(session: Session, { accessToken }: TokenDraft, done: () => void): Promise<Deed> {
  const identity = await verifyAccessToken(session.rooms.context, accessToken).catch((error: ParleyError) => {
    throw new ParleyError('token-invalid', error.message);
  });
  if (identity.userId !== session.userId) throw new ParleyError('not-the-same-user');
  // another login: it ends with the device from now on
  if (identity.grantId !== session.identity?.grantId) {
    const { userId, deviceId } = session;
    await session.rooms.register.register({ userId, deviceId, grantId: identity.grantId, name: '' });
    checkGoesOn(session.rooms.context, identity);
  }
  return () => {
    session.identity = identity;
    // it may have ended since, when it was not the session's yet
    session.checkLogin();
    done();
  };
}
