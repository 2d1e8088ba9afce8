// A person who is there: connected to a target, and subscribed to what is hers.
import type { Frame } from '../../server/stomp/frame.ts';
import { Connection } from './connection.ts';
import { type Address, type Person, targets } from './targets.ts';

export interface PresenceEvents {
  readonly onMessage?: (frame: Frame) => void;
  readonly onReceipt?: (receipt: string) => void;
  readonly onEnd: (reason: string) => void;
}

const READY = 'ready';

/** CONNECT, up to CONNECTED. */
export function connectAs(
  address: Address,
  person: Person,
  { onMessage = () => {}, onReceipt = () => {}, onEnd }: PresenceEvents,
  heartBeatMs = 0,
): Promise<Connection> {
  const beats = { 'heart-beat': `${heartBeatMs},${heartBeatMs}` };
  const headers = { ...targets[address.target].connect(address, person), ...beats };
  return Connection.open(address.url, headers, { onMessage, onReceipt, onEnd });
}

/** CONNECT and SUBSCRIBE, up to the receipt of both. Rejects with why it does not come to that. */
export function arrive(
  address: Address,
  person: Person,
  { onReceipt = () => {}, onEnd, ...events }: PresenceEvents,
  heartBeatMs = 0,
): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let subscribed = false;
    const connecting = connectAs(
      address,
      person,
      {
        ...events,
        onReceipt: (receipt) => {
          if (receipt !== READY) return onReceipt(receipt);
          subscribed = true;
          void connecting.then(resolve);
        },
        onEnd: (reason) => (subscribed ? onEnd(reason) : reject(new Error(reason))),
      },
      heartBeatMs,
    );
    connecting.then(
      (connection) =>
        connection.send('SUBSCRIBE', { id: 's', ...targets[address.target].subscribe(person), receipt: READY }),
      reject,
    );
  });
}
