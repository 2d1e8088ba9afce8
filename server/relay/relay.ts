// The role `chat`, its WebSocket half: sessions in front of the broker, and the mailboxes of the people it owns.
import { mailboxQueue } from '../broker/topology.ts';
import { DeviceRegister } from '../chat/devices.ts';
import { Reach } from '../chat/reach.ts';
import { TypingAudience } from '../chat/typing-audience.ts';
import type { Context } from '../context.ts';
import type { RunningRole } from '../door.ts';
import { Door } from './door.ts';
import { Presence } from './live/presence.ts';
import { Typing } from './live/typing.ts';
import { MailboxShard } from './mailbox-shard.ts';
import { Markers } from './markers.ts';
import { Parker } from './parker.ts';
import { Residents } from './residents.ts';
import { newSessionTable } from './session-table.ts';

export async function startRelay(context: Context): Promise<RunningRole> {
  const { broker, clock, config } = context;
  const markers = new Markers(context);
  const parker = new Parker(context);
  const residents = new Residents({
    context,
    parker,
    acknowledged: (userId, message) => markers.delivered(userId, message),
  });
  const sessions = newSessionTable(config, () => clock.now());
  const reach = new Reach(context);
  const typing = new Typing(context, sessions);
  const presence = new Presence({ context, sessions, typing: (to, body) => typing.deliver(to, body) });
  typing.peers = presence.peers;
  const typingAudience = new TypingAudience(context);
  const register = new DeviceRegister(context);
  const rooms = { context, reach, register, residents, sessions, presence, typing, typingAudience };
  const door = new Door(context);

  broker.deviceQueues.onLost(() => residents.queuesLost());
  const stopListening = broker.changes.listen((change) => {
    if (change.type !== 'device-removed') return;
    residents.forget(change.user, change.device);
    sessions.of(change.user).get(change.device)?.fault('device-removed');
  });
  const stopWatching = context.revocations.listen(() => {
    for (const session of door.sessions) session.checkLogin();
  });
  const shards = await Promise.all(
    Array.from({ length: config.SHARDS_MAILBOX }, async (_, number) => {
      const shard = new MailboxShard(context, residents);
      const consumer = await broker.consume({
        queue: mailboxQueue(number),
        prefetch: config.MAILBOX_PREFETCH,
        onDelivery: (delivery) => shard.take(delivery),
        onLost: () => shard.lost(),
      });
      return { shard, consumer };
    }),
  );
  const sweeping = setInterval(() => {
    const now = clock.now();
    for (const session of door.sessions) session.sweep(now);
    markers.sweep(now);
    typing.sweep(now);
    presence.sweep(now);
    sessions.trim();
    residents.trim();
  }, config.SWEEP_MS);

  return {
    doors: [{ path: '/stomp', upgrade: door.upgrade(rooms) }],
    async stop() {
      door.close();
      clearInterval(sweeping);
      stopListening();
      stopWatching();
      reach.close();
      typingAudience.close();
      for (const { consumer } of shards) await consumer.stop();
      for (const session of door.sessions) session.fault('going-away');
      markers.flush();
      await Promise.all(shards.map(({ shard }) => shard.stop()));
      // what devices had not acknowledged goes into their queues, and what was sent is confirmed
      const drained = Promise.all([broker.inbound.idle(), parker.idle(), presence.close()]);
      await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, config.STOP_MS / 2).unref())]);
      parker.stop();
    },
  };
}
