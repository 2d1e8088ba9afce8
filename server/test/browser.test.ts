// The web client in real browsers against the whole house: two people sign up, find each other, talk, and lose
// nothing while the server is away.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect } from 'chai';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { until } from '../lib/backoff.ts';
import { newId } from '../lib/id.ts';
import { House } from './house.ts';

// `npm test` finds or installs one
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const PASSWORD = 'a sentence of words';
const DESKTOP = { width: 1180, height: 780 };
const PHONE = { width: 390, height: 780 };
const WAIT_MS = 15_000;

const byTest = (page: Page, name: string) => page.locator(`[data-test=${name}]`);
const message = (page: Page, text: string) => byTest(page, 'message').filter({ hasText: text });
const composer = (page: Page) => page.getByRole('textbox', { name: 'Message' });

async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}

const tickBecomes = (bubble: Locator, ...wanted: string[]) =>
  until(`tick ${wanted.join(' or ')}`, async () => wanted.includes((await bubble.getAttribute('data-tick')) ?? ''), {
    timeoutMs: WAIT_MS,
  });

/** What axe finds that is serious or worse (WCAG). */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const found = await page.evaluate<{ impact: string; id: string; nodes: { html: string }[] }[]>(
    'axe.run().then(({ violations }) => violations)',
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

describe('two browsers', function () {
  this.timeout(90_000);
  const suffix = newId().slice(-8);
  const complaints: string[] = [];
  /** receipts of the frames that renewed a session's token: asked for, and come */
  const renewals: string[] = [];
  const renewed: string[] = [];
  let house: House;
  let browser: Browser | undefined;
  let alice: Page;
  let bob: Page;

  const screenshot = (page: Page, name: string) =>
    page.screenshot({ path: path.join(house.config.DATA_DIR, 'screenshots', `${name}.png`) });

  before(async () => {
    // so short that the pages renew it several times in this test
    house = await House.open({ ACCESS_TOKEN_SECONDS: '30' });
    // as root Chromium has no sandbox
    browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
    alice = await signUp(browser, 'Alice Archer');
    bob = await signUp(browser, 'Bob Baker');
  });
  after(async () => {
    await browser?.close();
    await house?.close();
  });

  async function openPage(context: BrowserContext, address = '/'): Promise<Page> {
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (line) => {
      if (/content security policy/i.test(line.text())) complaints.push(line.text());
    });
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
    await page.goto(`${house.config.PUBLIC_URL}${address}`);
    return page;
  }

  async function signUp(browser: Browser, name: string): Promise<Page> {
    const context = await browser.newContext({ viewport: DESKTOP });
    context.setDefaultTimeout(WAIT_MS);
    const page = await openPage(context);
    await byTest(page, 'sign-up').click();
    const link = page.getByRole('link', { name: /create/i });
    const form = page.locator('input[name=displayName]');
    // the page may show the sign-in form first
    if (!(await form.or(link).first().getAttribute('name'))) await link.click();
    await form.fill(name);
    await page.locator('input[name=username]').fill(`${name.split(' ')[0]?.toLowerCase()}-${suffix}`);
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.getByRole('button', { name: /create/i }).click();
    await byTest(page, 'me').waitFor();
    return page;
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
    await screenshot(alice, 'desktop');
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
    alice = await openPage(context, address);
    await tickBecomes(message(alice, 'written while you were away'), 'delivered', 'read');
    await message(bob, 'written while you were away').waitFor();
    await message(alice, 'Bob waits').waitFor();
    await alice.reload();
    await message(alice, 'Bob waits').waitFor();
    expect(await message(alice, 'written while you were away').count()).to.equal(1);
    expect(await message(bob, 'written while you were away').count()).to.equal(1);
  });

  it('use one window at a time', async () => {
    const second = await openPage(alice.context());
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
        await screenshot(alice, `${size}-${colorScheme}-conversation`);
        if (size === 'phone') await alice.getByRole('link', { name: 'Back' }).click();
        await byTest(alice, 'new-chat').click();
        await byTest(alice, 'person').first().waitFor();
        expect(await seriousFindings(alice), `${size}, new chat`).to.deep.equal([]);
        await alice.getByRole('button', { name: 'Back' }).click();
        expect(await seriousFindings(alice), `${size}, list`).to.deep.equal([]);
        await screenshot(alice, `${size}-${colorScheme}-list`);
        await byTest(alice, 'conversation').first().click();
      }
      await alice.setViewportSize(DESKTOP);
    });
  }

  it('sign out, and in again', async () => {
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
    expect(complaints).to.deep.equal([]);
  });
});
