// Logins that end before their tokens expire: signed out, revoked, locked, changed, removed. Their sessions are closed
// within two seconds, hear nothing more, and their tokens are refused everywhere; no other login notices.
import { expect } from 'chai';
import { codes } from '../contract/errors.ts';
import { type Context, openContext } from '../context.ts';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { Releasers } from '../lib/releasers.ts';
import { changePassword, lockAccount, removeAccount, unlockAccount } from '../people/account.ts';
import { createUser } from '../people/users.ts';
import { Revocations } from '../revocations.ts';
import { House, type Person } from './house.ts';
import { WebClient } from './login-house.ts';
import type { RawPeer } from './raw-peer.ts';

const PASSWORD = 'correct horse battery';
const NEW_PASSWORD = 'staple of the battery';
const CLOSED_WITHIN_MS = 2000;

interface Login {
  readonly client: WebClient;
  accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
}

describe('a login that ends', function () {
  this.timeout(60_000);
  let house: House;
  /** as if it were another process: Parley's own hears of what it does through broker and database alone */
  let elsewhere: Context;
  const releasers = new Releasers();
  let alice: Person;
  let bob: Person;

  before(async () => {
    house = await House.open({ LIMIT_LOGINS: '1000/s,1000', LIMIT_SENDS: '1000/s,5000' });
    elsewhere = await openContext(house.config, releasers);
  });
  after(async () => {
    await house.close();
    await releasers.release();
  });
  beforeEach(async () => {
    const username = `u${newId()}`;
    const user = await createUser(elsewhere, { username, displayName: 'Alice', password: PASSWORD });
    alice = { userId: user.id, username };
    [bob] = (await house.people(1)) as [Person];
    await house.db.contact.create({ data: { fromId: alice.userId, toId: bob.userId, state: 'accepted' } });
  });

  const signIn = async (password = PASSWORD): Promise<Login> => {
    const client = await WebClient.open({ url: house.config.PUBLIC_URL });
    const tokens = await client.signIn(alice.username, password);
    return {
      client,
      accessToken: tokens.access_token,
      refreshToken: tokens.refresh_token as string,
      idToken: tokens.id_token as string,
    };
  };

  const connect = async (passcode: string, device: string): Promise<RawPeer> => {
    const peer = await house.raw();
    peer.frame('CONNECT', { 'accept-version': '1.2', 'device-id': device, passcode });
    return peer;
  };

  const session = async ({ accessToken }: Pick<Login, 'accessToken'>, device: string): Promise<RawPeer> => {
    const peer = await connect(accessToken, device);
    await peer.awaitFrame('CONNECTED');
    peer.frame('SUBSCRIBE', { id: 'r', destination: '/user/queue/refusals' });
    const subscription = { id: 'e', destination: '/user/queue/events', ack: 'client-individual', receipt: 'ready' };
    peer.frame('SUBSCRIBE', subscription);
    await peer.awaitFrame('RECEIPT', { 'receipt-id': 'ready' });
    return peer;
  };

  const lives = async (peer: RawPeer): Promise<void> => {
    const receipt = newId();
    peer.frame('BEGIN', { transaction: receipt, receipt });
    await peer.awaitFrame('RECEIPT', { 'receipt-id': receipt });
  };

  /** Closed in time, with the reason, and not one MESSAGE behind it. */
  const ends = async (peer: RawPeer, act: () => Promise<unknown>, close = codes['token-invalid'].close) => {
    const began = Date.now();
    const acting = act();
    const { code } = await until('the close', () => peer.closed, { timeoutMs: 10_000, everyMs: 5 });
    expect(Date.now() - began, 'milliseconds until the close').to.be.below(CLOSED_WITHIN_MS);
    await acting;
    expect(code).to.equal(close);
    expect(peer.frames.at(-1)?.command).to.equal('ERROR');
  };

  const refusedEverywhere = async (accessToken: string): Promise<void> => {
    const peer = await connect(accessToken, 'd9');
    expect((await peer.awaitClose()).code).to.equal(4501);
    expect((await peer.awaitFrame('ERROR')).headers.get('code')).to.equal('token-invalid');
    expect(await meWith(accessToken)).to.deep.equal({ status: 401, code: 'token-invalid' });
  };

  const meWith = async (accessToken: string) => {
    const headers = { authorization: `Bearer ${accessToken}` };
    const answer = await fetch(`${house.url}/api/chat/me`, { headers });
    return { status: answer.status, code: ((await answer.json()) as { code?: string }).code };
  };

  it('by the revocation of its refresh token (RFC 7009): its sessions close, its tokens are refused, others go on', async () => {
    const [phone, desk] = [await signIn(), await signIn()];
    const [one, two, other] = [
      await session(phone, 'phone'),
      await session(phone, 'tablet'),
      await session(desk, 'desk'),
    ];
    expect(await meWith(phone.accessToken)).to.include({ status: 200 });
    await ends(one, () => phone.client.revoke(phone.refreshToken));
    await until('the close of the other session of the login', () => two.closed, { timeoutMs: CLOSED_WITHIN_MS });
    await lives(other);
    await refusedEverywhere(phone.accessToken);
    expect(await meWith(desk.accessToken)).to.include({ status: 200 });
    // a session of the other login does not get in through the ended one either
    const body = JSON.stringify({ accessToken: phone.accessToken });
    other.frame('SEND', { destination: '/app/session/token', receipt: 'renew' }, body);
    const refusal = await other.awaitFrame('MESSAGE', { subscription: 'r' });
    expect(JSON.parse(refusal.body.toString())).to.include({ code: 'token-invalid', receipt: 'renew' });
    await lives(other);
  });

  it('by signing out: only the sessions that came from it close', async () => {
    const [phone, desk] = [await signIn(), await signIn()];
    const [here, there] = [await session(phone, 'phone'), await session(desk, 'desk')];
    await ends(here, () => phone.client.signOut(phone.idToken));
    await refusedEverywhere(phone.accessToken);
    await lives(there);
    // the browser may sign in again, and what it gets then counts
    const again = await phone.client.signIn(alice.username, PASSWORD);
    await lives(await session({ accessToken: again.access_token }, 'phone'));
  });

  it('by a refresh token that is used twice: whoever has it is out', async () => {
    const login = await signIn();
    const renewed = await login.client.refresh(login.refreshToken);
    const peer = await session({ accessToken: renewed.access_token }, 'd1');
    await ends(peer, () => login.client.refresh(login.refreshToken).catch(() => {}));
    await refusedEverywhere(login.accessToken);
    await refusedEverywhere(renewed.access_token);
  });

  it('stays ended when Parley starts again', async () => {
    const login = await signIn();
    await login.client.revoke(login.refreshToken);
    await house.stop();
    await house.start();
    await refusedEverywhere(login.accessToken);
  });

  it('ends in a process that hears nothing of it from the broker, too', async () => {
    const login = await signIn();
    const peer = await session(login, 'd1');
    const deaf = { ...elsewhere, broker: { changes: { publish: async () => {}, listen: () => () => {} } } };
    const revocations = await Revocations.open(deaf);
    await ends(peer, () => lockAccount({ ...elsewhere, revocations }, alice.userId));
    await revocations.close();
    await refusedEverywhere(login.accessToken);
  });

  it("by an administrator's lock: nobody signs in or connects until it is taken back", async () => {
    const login = await signIn();
    const peer = await session(login, 'd1');
    // of no login: minted
    const minted = await session({ accessToken: await house.token(alice) }, 'd2');
    await ends(peer, () => lockAccount(elsewhere, alice.userId));
    await until('the close of the minted session', () => minted.closed, { timeoutMs: CLOSED_WITHIN_MS });
    await refusedEverywhere(login.accessToken);
    expect(await login.client.refresh(login.refreshToken).catch(() => 'refused')).to.equal('refused');
    const page = await login.client.submit(await login.client.begin(), {
      username: alice.username,
      password: PASSWORD,
    });
    expect(page.status).to.equal(422);
    expect((await (await connect(await house.token(alice), 'd1')).awaitClose()).code).to.equal(4501);
    await unlockAccount(elsewhere, alice.userId);
    await lives(await session(await signIn(), 'd1'));
    await refusedEverywhere(login.accessToken);
  });

  it('by a new password: the old one opens nothing, the new one everything', async () => {
    const login = await signIn();
    const peer = await session(login, 'd1');
    await ends(peer, () => changePassword(elsewhere, alice.userId, NEW_PASSWORD));
    await refusedEverywhere(login.accessToken);
    const old = await login.client.submit(await login.client.begin(), { username: alice.username, password: PASSWORD });
    expect(old.status).to.equal(422);
    await lives(await session(await signIn(NEW_PASSWORD), 'd1'));
  });

  it('with its user', async () => {
    const login = await signIn();
    const peer = await session(login, 'd1');
    await ends(peer, () => removeAccount(elsewhere, alice.userId));
    await refusedEverywhere(login.accessToken);
  });

  it('with its device: its session closes, and it cannot come back with the tokens it has', async () => {
    const [phone, desk] = [await signIn(), await signIn()];
    const [here, there] = [await session(phone, 'phone'), await session(desk, 'desk')];
    const began = Date.now();
    const headers = { authorization: `Bearer ${desk.accessToken}` };
    const answer = await fetch(`${house.url}/api/chat/devices/phone`, { method: 'DELETE', headers });
    expect(answer.status).to.equal(204);
    const { code } = await here.awaitClose();
    expect(Date.now() - began).to.be.below(CLOSED_WITHIN_MS);
    expect(code).to.be.oneOf([codes['device-removed'].close, codes['token-invalid'].close]);
    await refusedEverywhere(phone.accessToken);
    expect(await phone.client.refresh(phone.refreshToken).catch(() => 'refused')).to.equal('refused');
    await lives(there);
  });

  it('with its device, also where a renewed session came from another login', async () => {
    const [first, second, desk] = [await signIn(), await signIn(), await signIn()];
    const peer = await session(first, 'phone');
    const body = JSON.stringify({ accessToken: second.accessToken });
    peer.frame('SEND', { destination: '/app/session/token', receipt: 'renew' }, body);
    await peer.awaitFrame('RECEIPT', { 'receipt-id': 'renew' });
    await first.client.revoke(first.refreshToken);
    await refusedEverywhere(first.accessToken);
    await lives(peer);
    const headers = { authorization: `Bearer ${desk.accessToken}` };
    await fetch(`${house.url}/api/chat/devices/phone`, { method: 'DELETE', headers });
    await peer.awaitClose();
    await refusedEverywhere(second.accessToken);
  });

  it('in the midst of messages: not one comes after, and the next login gets what was not acknowledged', async () => {
    const login = await signIn();
    const peer = await session(login, 'd1');
    const b = await house.stomp(bob);
    let said = 0;
    const ended = new AbortController();
    const saying = (async () => {
      while (!ended.signal.aborted) expect(await b.say({ user: alice.userId }, `${++said}`)).to.equal('receipt');
    })();
    await until('some messages', () => peer.frames.filter(({ command }) => command === 'MESSAGE').length > 20);
    await ends(peer, () => login.client.signOut(login.idToken));
    const heard = peer.frames.length;
    const saidThen = said;
    await until('more messages', () => said > saidThen + 20);
    ended.abort();
    await saying;
    expect(peer.frames.length).to.equal(heard);
    const again = await session(await signIn(), 'd1');
    const texts = () =>
      again.frames
        .filter(({ command }) => command === 'MESSAGE')
        .map(({ body }) => JSON.parse(body.toString()) as { type: string; text: string })
        .filter(({ type }) => type === 'message')
        .map(({ text }) => Number(text));
    await until('all of them', () => new Set(texts()).size === said);
    expect([...new Set(texts())]).to.deep.equal(Array.from({ length: said }, (_, i) => i + 1));
  });

  it('by time: within a second of its token’s end, and not before', async () => {
    const [person] = (await house.people(1)) as [Person];
    const endsAt = Math.floor(Date.now() / 1000) * 1000 + 2000;
    const peer = await session({ accessToken: await house.token(person, 2) }, 'd1');
    expect((await peer.awaitClose()).code).to.equal(codes['token-expired'].close);
    expect(Date.now()).to.be.within(endsAt, endsAt + 2000);
    expect(peer.frames.at(-1)?.headers.get('code')).to.equal('token-expired');
  });
});
