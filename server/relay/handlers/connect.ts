// CONNECT: who is it, from which device. Each step has a name; the first that fails ends the session.
import { type DeviceKind, deviceKindOf } from '../../contract/device.ts';
import { limits } from '../../contract/limits.ts';
import { ParleyError } from '../../errors.ts';
import { checkGoesOn, type Identity, verifyAccessToken } from '../../people/access-token.ts';
import type { Frame, Headers } from '../../stomp/frame.ts';
import { agreeHeartBeats, heartBeatHeader, readHeartBeat } from '../../stomp/negotiate.ts';
import { StompError } from '../../stomp/stomp-error.ts';
import type { Device } from '../device.ts';
import type { Session } from '../session.ts';
import { SERVER } from '../version.ts';

// it becomes a part of a queue's name
const DEVICE_ID = new RegExp(`^[A-Za-z0-9._:-]{1,${limits.deviceIdChars}}$`);
/** A client that does not know of devices is one device. */
const DEFAULT_DEVICE = 'default';

export async function connect(session: Session, { headers }: Frame): Promise<void> {
  if (session.identity) throw new StompError('protocol-error', 'the session is connected already');
  const { config } = session.rooms.context;
  const ours = { canSendMs: config.HEART_BEAT_MS, wantsMs: config.HEART_BEAT_MS };
  const heartBeats = agreeHeartBeats(ours, readHeartBeat(headers.get('heart-beat'), session.version));
  const deviceId = readDeviceId(headers);
  const identity = await verifyAccessToken(session.rooms.context, readToken(headers));
  const name = (headers.get('device-name') ?? '').slice(0, limits.deviceNameChars);
  const kind = deviceKindOf(headers.get('device-kind'));
  const device = await openDevice(session, identity, { deviceId, name, kind });
  if (session.ended) return;
  // it may have ended while the device was registered, and there was no session yet to be closed
  checkGoesOn(session.rooms.context, identity);
  replaceOlder(session, identity, deviceId);
  admit(session, identity);
  session.identity = identity;
  session.device = device;
  session.rooms.sessions.add(session);
  session.rooms.presence.came(session);
  session.connect(
    {
      version: session.version,
      'heart-beat': heartBeatHeader(ours),
      server: SERVER,
      session: session.id,
      'user-name': identity.userId,
      'device-id': deviceId,
    },
    heartBeats,
  );
}

/** The access token: `passcode`, or RFC 6750's header where a library sends that. */
function readToken(headers: Headers): string {
  const bearer = /^Bearer +(.+)$/i.exec(headers.get('Authorization') ?? headers.get('authorization') ?? '')?.[1];
  const token = headers.get('passcode') || bearer;
  if (!token) throw new ParleyError('token-invalid', 'CONNECT needs an access token in the header passcode.');
  return token;
}

function readDeviceId(headers: Headers): string {
  const deviceId = headers.get('device-id') ?? DEFAULT_DEVICE;
  if (!DEVICE_ID.test(deviceId)) {
    const allowed = `1 to ${limits.deviceIdChars} letters, digits and . _ : -`;
    throw new ParleyError('device-invalid', `The header device-id takes ${allowed}.`);
  }
  return deviceId;
}

interface Said {
  readonly deviceId: string;
  readonly name: string;
  readonly kind: DeviceKind | undefined;
}

async function openDevice({ rooms }: Session, identity: Identity, { deviceId, name, kind }: Said): Promise<Device> {
  const key = { userId: identity.userId, deviceId };
  const [isNew] = await Promise.all([
    rooms.register.register({ ...key, grantId: identity.grantId, name, kind }),
    rooms.residents.load([identity.userId]),
  ]);
  const seenAt = rooms.context.clock.now();
  const device = rooms.residents.device({ ...key, hasQueue: false, missed: false, seenAt });
  if (isNew && rooms.residents.count(identity.userId) > 1) {
    const event = { type: 'device', device: deviceId, change: 'linked', name, ...(kind ? { kind } : {}) } as const;
    // not waited for, and where it cannot be told, her list of devices has it
    void rooms.context.broker.publishEvents([{ to: [identity.userId], event }]).catch(() => {});
  }
  return device;
}

/** One session a device: the newest counts. */
function replaceOlder({ rooms }: Session, { userId }: Identity, deviceId: string): void {
  rooms.sessions.of(userId).get(deviceId)?.fault('session-replaced');
}

function admit({ rooms }: Session, { userId }: Identity): void {
  const { LIMIT_SESSIONS_PER_USER } = rooms.context.config;
  if (rooms.sessions.of(userId).size >= LIMIT_SESSIONS_PER_USER) {
    throw new ParleyError('too-many-sessions', `A user may have ${LIMIT_SESSIONS_PER_USER} sessions.`);
  }
}
