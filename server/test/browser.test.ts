// The web client in real browsers against the whole house: two people sign up, find each other, talk, and lose
// nothing while the server is away.
import { expect } from 'chai';
import type { Locator, Page } from 'playwright-core';
import { until } from '../lib/backoff.ts';
import {
  BrowserPeople,
  byTest,
  composer,
  DESKTOP,
  message,
  PASSWORD,
  PHONE,
  seriousFindings,
  tickBecomes,
  write,
} from './browser-people.ts';
import { House } from './house.ts';

describe('two browsers', function () {
  this.timeout(90_000);
  /** receipts of the frames that renewed a session's token: asked for, and come */
  const renewals: string[] = [];
  const renewed: string[] = [];
  let house: House;
  let people: BrowserPeople;
  let suffix: string;
  let alice: Page;
  let bob: Page;

  before(async () => {
    // so short that the pages renew it several times in this test
    house = await House.open({ ACCESS_TOKEN_SECONDS: '30' });
    people = await BrowserPeople.open(house);
    suffix = people.suffix;
    alice = await people.signUp('Alice Archer', watchRenewals);
    bob = await people.signUp('Bob Baker', watchRenewals);
  });
  after(async () => {
    await people?.close();
    await house?.close();
  });

  function watchRenewals(page: Page): void {
    page.on('websocket', (socket) => {
      socket.on('framesent', ({ payload }) => {
        const receipt = /^SEND\n(?:.+\n)*receipt:(.+)\n/.exec(String(payload))?.[1];
        if (receipt && String(payload).includes('destination:/app/session/token\n')) renewals.push(receipt);
      });
      socket.on('framereceived', ({ payload }) => {
        const receipt = /^RECEIPT\n(?:.+\n)*receipt-id:(.+)\n/.exec(String(payload))?.[1];
        if (receipt && renewals.includes(receipt)) renewed.push(receipt);
      });
    });
  }

  it('become contacts: one asks, the other accepts', async () => {
    await byTest(alice, 'new-chat').click();
    await alice.getByRole('searchbox').or(alice.getByRole('textbox')).first().fill(`bob-${suffix}`);
    await byTest(alice, 'ask').click();
    // the request comes as an event; nobody reloads
    await bob.getByLabel('1 contact requests').waitFor();
    await byTest(bob, 'new-chat').click();
    await byTest(bob, 'accept').click();
    await byTest(alice, 'person').filter({ hasText: 'Bob' }).click();
    await bob.getByRole('button', { name: 'Back' }).click();
    expect(await byTest(alice, 'title').innerText()).to.equal('Bob Baker');
  });

  it('talk, and the ticks say how far each message has come', async () => {
    await write(alice, 'Hello Bob, look at https://example.org/.');
    const bubble = message(alice, 'Hello Bob');
    await tickBecomes(bubble, 'delivered');
    const row = byTest(bob, 'conversation').filter({ hasText: 'Hello Bob' });
    await row.waitFor();
    expect(await byTest(bob, 'unread').innerText()).to.match(/^1\b/);
    expect(await bob.title()).to.equal('(1) Parley');
    expect(await bubble.getByRole('link').getAttribute('href')).to.equal('https://example.org/');

    await bob.bringToFront();
    await row.click();
    await message(bob, 'Hello Bob').waitFor();
    await tickBecomes(bubble, 'read');
    expect(await bob.title()).to.equal('Parley');

    await write(bob, 'Hello Alice');
    await message(alice, 'Hello Alice').waitFor();
    await people.screenshot(alice, 'desktop');
  });

  it('read what came before by scrolling up, and stay where they are', async () => {
    for (let i = 1; i <= 60; i++) await write(alice, `line ${i}.`);
    await tickBecomes(message(alice, 'line 60.'), 'delivered', 'read');
    await bob.reload();
    await message(bob, 'line 60.').waitFor();
    expect(await message(bob, 'Hello Bob').count(), 'more than one page').to.equal(0);

    const line = message(bob, 'line 15.');
    const placeOf = (bubble: Locator) => bubble.evaluate((element) => element.getBoundingClientRect().top);
    // far enough up that older messages are fetched
    const before = await line.evaluate((element) => {
      const list = element.closest('[data-test=messages]');
      if (list) list.scrollTop = 300;
      return element.getBoundingClientRect().top;
    });
    await message(bob, 'Hello Bob').waitFor({ state: 'attached' });
    expect(await placeOf(line)).to.be.closeTo(before, 1);
    const texts = await byTest(bob, 'message').allInnerTexts();
    const lines = texts.flatMap((text) => /line (\d+)\./.exec(text)?.[1] ?? []).map(Number);
    expect(lines).to.deep.equal(Array.from({ length: 60 }, (_, i) => i + 1));

    await write(alice, 'while you read');
    await bob.getByRole('button', { name: '1 new messages' }).waitFor();
    expect(await placeOf(line)).to.be.closeTo(before, 1);
    await byTest(bob, 'newest').click();
    await tickBecomes(message(alice, 'while you read'), 'read');
  });

  it('lose nothing while the server is away, not even what was written in a window that was closed', async () => {
    await house.stop();
    await byTest(alice, 'banner').getByText('Connecting').waitFor();
    await write(alice, 'written while you were away');
    await tickBecomes(message(alice, 'written while you were away'), 'waiting');
    const address = new URL(alice.url()).pathname;
    const context = alice.context();
    await alice.close();
    await write(bob, 'Bob waits with an open window');
    await tickBecomes(message(bob, 'Bob waits'), 'waiting');

    await house.start();
    // by itself: nobody reloads Bob's page
    await tickBecomes(message(bob, 'Bob waits'), 'accepted', 'delivered', 'read');
    alice = await people.openPage(context, address, watchRenewals);
    await tickBecomes(message(alice, 'written while you were away'), 'delivered', 'read');
    await message(bob, 'written while you were away').waitFor();
    await message(alice, 'Bob waits').waitFor();
    await alice.reload();
    await message(alice, 'Bob waits').waitFor();
    expect(await message(alice, 'written while you were away').count()).to.equal(1);
    expect(await message(bob, 'written while you were away').count()).to.equal(1);
  });

  it('use one window at a time', async () => {
    const second = await people.openPage(alice.context());
    await byTest(second, 'conversation').first().waitFor();
    await byTest(alice, 'use-here').click();
    await byTest(second, 'use-here').waitFor();
    await write(alice, 'from the first window');
    await tickBecomes(message(alice, 'from the first window'), 'delivered', 'read');
    await second.close();
  });

  it('keep what is too long, and say so', async () => {
    await composer(alice).fill('ü'.repeat(40_000));
    await alice.getByText('Too long: 80,000 bytes').waitFor();
    await composer(alice).press('Enter');
    expect(await composer(alice).inputValue()).to.have.length(40_000);
    await composer(alice).fill('');
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`find nothing seriously inaccessible (${colorScheme})`, async () => {
      await alice.emulateMedia({ colorScheme });
      for (const [size, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
        await alice.setViewportSize(viewport);
        await message(alice, 'from the first window').waitFor();
        expect(await seriousFindings(alice), `${size}, conversation`).to.deep.equal([]);
        await people.screenshot(alice, `${size}-${colorScheme}-conversation`);
        if (size === 'phone') await alice.getByRole('link', { name: 'Back' }).click();
        await byTest(alice, 'new-chat').click();
        await byTest(alice, 'person').first().waitFor();
        expect(await seriousFindings(alice), `${size}, new chat`).to.deep.equal([]);
        await alice.getByRole('button', { name: 'Back' }).click();
        expect(await seriousFindings(alice), `${size}, list`).to.deep.equal([]);
        await people.screenshot(alice, `${size}-${colorScheme}-list`);
        await byTest(alice, 'conversation').first().click();
      }
      await alice.setViewportSize(DESKTOP);
    });
  }

  it('sign out, and in again', async () => {
    await byTest(alice, 'main-menu').click();
    await byTest(alice, 'sign-out').click();
    await alice.waitForURL('**/auth/log-out**');
    await alice.getByRole('button', { name: 'Sign out' }).click();
    await byTest(alice, 'sign-in').waitFor();
    expect(await seriousFindings(alice)).to.deep.equal([]);
    expect(await alice.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('oidc'))")).to.deep.equal([]);
    await byTest(alice, 'sign-in').click();
    await alice.locator('input[name=username]').fill(`alice-${suffix}`);
    await alice.locator('input[name=password]').fill(PASSWORD);
    await alice.getByRole('button', { name: 'Sign in' }).click();
    await byTest(alice, 'conversation').filter({ hasText: 'Bob' }).waitFor();
  });

  it('have their token renewed in place, without a break', async () => {
    await until('a renewal', () => renewed.length > 0, { timeoutMs: 40_000 });
  });

  it('never met an error or a blocked resource on a page', () => {
    expect(people.complaints).to.deep.equal([]);
  });
});
